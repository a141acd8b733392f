import type { EngineEvent } from "./events.ts";
import { runPulumiCommand } from "./pulumi-command.ts";
import type { PulumiRun } from "./pulumi-run.ts";

/**
 * Whether an event reports pending creates in the state, of Docker resources only. Those can be cleared: the
 * resources are found by their labels. Only the state identifies other resources, for example in GitLab.
 */
export function reportsPendingCreates({ diagnosticEvent }: EngineEvent): boolean {
  const { severity, message = "" } = diagnosticEvent ?? {};
  if (severity !== "warning" || !/\d+ pending operations from previous deployment/.test(message))
    return false;
  const urns = [...message.matchAll(/^ +\* (.+), interrupted while \w+$/gm)].map(([, urn = ""]) => urn);
  return urns.length > 0 && urns.every((urn) => /[:$]docker:index\/\w+:\w+::/.test(urn));
}

/** Clears pending creates from the state. Neither `up` nor `destroy` does. */
export async function clearPendingCreates({
  command: pulumi,
  folder,
  stack,
  environment,
}: PulumiRun): Promise<void> {
  const words = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack];
  await runPulumiCommand({ pulumi, project: { folder }, environment }, words);
}
