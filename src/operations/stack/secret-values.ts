import type { Environment } from "../../machine/environment.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Project } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import { findSecrets } from "../../pulumi/stack-secrets.ts";
import { environmentSecrets } from "../../sandbox/environment-secrets.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { runOnStack } from "../pulumi/pulumi-command.ts";

/** Checks that each secret has a value in the environment or the configuration, without reading it. */
export function checkSecrets(
  { project: { configuredSecrets }, environment }: Pick<Workspace, "project" | "environment">,
  plans: readonly Plan[],
): void {
  const configured = Object.fromEntries(configuredSecrets.map((name) => [name, "configured"]));
  findSecrets(secretNames(plans), environment, configured);
}

/**
 * The warning about an empty passphrase: everyone who can read the state can decrypt its secrets and tokens.
 * @returns undefined for a stack without secrets and runners, and for a passphrase that is not empty
 */
export function emptyPassphraseWarning(
  plans: readonly Pick<Plan, "secrets">[],
  { runnerImages }: Pick<Project, "runnerImages">,
  environment: Environment,
): string | undefined {
  if (environment.PULUMI_CONFIG_PASSPHRASE !== "") return undefined;
  const encrypted = [
    ...(plans.some(({ secrets }) => secrets.length > 0) ? ["the secrets"] : []),
    ...(runnerImages.length > 0 ? ["the runner tokens"] : []),
  ];
  if (encrypted.length === 0) return undefined;
  return (
    `PULUMI_CONFIG_PASSPHRASE: is empty, so ${encrypted.join(" and ")} in the state are unprotected; ` +
    "set a passphrase and create a new stack with it"
  );
}

/**
 * The values of the secrets that plans need, for containers that start without Pulumi. Values from the
 * environment take precedence over those of the stack's configuration.
 */
export async function readSecrets(
  workspace: Workspace,
  plans: readonly Pick<Plan, "secrets">[],
): Promise<Readonly<Record<string, string>>> {
  const needed = secretNames(plans);
  if (needed.length === 0) return {};
  const { project, environment } = workspace;
  if (!project.hasStacks) return environmentSecrets({ sandbox: project.name, secrets: needed }, environment);
  const configured =
    project.configuredSecrets.length === 0
      ? {}
      : JSON.parse(await runOnStack(workspace, "config", "get", `${SETTINGS_NAMESPACE}:secrets`));
  return findSecrets(needed, environment, configured);
}

function secretNames(plans: readonly Pick<Plan, "secrets">[]): readonly string[] {
  return [...new Set(plans.flatMap((plan) => plan.secrets))];
}
