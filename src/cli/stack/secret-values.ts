import type { Plan } from "../../model/plan.ts";
import { findSecrets } from "../../pulumi/stack-secrets.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { askPulumi } from "../pulumi/question.ts";
import type { Project } from "../workspace/project.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Checks that each secret has a value somewhere, without looking at it. */
export function checkSecrets({ configuredSecrets }: Project, plans: readonly Plan[]): void {
  const configured = Object.fromEntries(configuredSecrets.map((name) => [name, "configured"]));
  findSecrets(secretNames(plans), process.env, configured);
}

/**
 * What to tell a person whose secrets, or the tokens of whose runners, the state does not protect: whoever
 * can read it can decrypt them.
 * @returns undefined where there are none, or the passphrase is not empty
 */
export function emptyPassphrase(
  plans: readonly Pick<Plan, "secrets">[],
  { runnerImages }: Pick<Project, "runnerImages">,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (environment.PULUMI_CONFIG_PASSPHRASE !== "") return undefined;
  const held = [
    ...(plans.some(({ secrets }) => secrets.length > 0) ? ["these secrets"] : []),
    ...(runnerImages.length > 0 ? ["the tokens of its runners"] : []),
  ];
  if (held.length === 0) return undefined;
  return (
    `the stack's state encrypts ${held.join(" and ")} with an empty passphrase, which protects nothing; ` +
    "set PULUMI_CONFIG_PASSPHRASE and use a stack made with it"
  );
}

/**
 * The values of the secrets that plans need, for a container that is started without Pulumi. Only asks Pulumi
 * when the environment does not have them all.
 */
export async function readSecrets(
  workspace: Workspace,
  plans: readonly Pick<Plan, "secrets">[],
): Promise<Readonly<Record<string, string>>> {
  const needed = secretNames(plans);
  if (needed.length === 0) return {};
  const words = ["config", "get", `${SETTINGS_NAMESPACE}:secrets`, "--stack", workspace.project.stack];
  const configured =
    workspace.project.configuredSecrets.length === 0
      ? {}
      : (JSON.parse(await askPulumi(workspace, words)) as Record<string, string>);
  return findSecrets(needed, process.env, configured);
}

function secretNames(plans: readonly Pick<Plan, "secrets">[]): readonly string[] {
  return [...new Set(plans.flatMap((plan) => plan.secrets))];
}
