import * as pulumi from "@pulumi/pulumi";
import type { Runner } from "../../sandboxes/model/runner.ts";
import { explain } from "../program-error.ts";
import { SETTINGS_NAMESPACE } from "../settings.ts";
import { GitLabRunner } from "./gitlab-runner.ts";
import { runnerSettingsFrom } from "./runner-settings.ts";

/** What a stack exports of its runners. */
export type RunnerOutputs = Pick<GitLabRunner, "ids" | "container">;

/**
 * Keeps the declared runners where the stack's configuration has `nestbox:runner`; nothing elsewhere.
 * @throws ProgramError with a message for people, when something in the declarations or the configuration must be changed
 */
export async function bringUpRunner(
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs | undefined> {
  const key = `${SETTINGS_NAMESPACE}:runner`;
  const text = pulumi.runtime.allConfig()[key];
  // Pulumi.yaml's default: without one the Pulumi CLI would want the setting in every stack.
  if (text === undefined || text === "{}") return undefined;
  return createRunner(text, `Pulumi.${pulumi.getStack()}.yaml: ${key}`, readRunners).catch(explain);
}

async function createRunner(
  text: string,
  place: string,
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs> {
  const said = parsed(text);
  const settings = runnerSettingsFrom(said, place);
  const { token } = said as { readonly token?: string };
  const { ids, container } = new GitLabRunner("gitlab-runner", {
    ...settings,
    runners: await readRunners(),
    ...(token !== undefined && { token: pulumi.secret(token) }),
  });
  return { ids, container };
}

/** Pulumi hands settings with parts to a program as JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
