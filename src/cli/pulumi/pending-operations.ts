import type { EngineEvent } from "./events.ts";
import type { PulumiRun } from "./pulumi-run.ts";
import { askPulumi } from "./question.ts";

/**
 * Whether an event tells that the state knows of creations of Docker resources that never came to their end,
 * and of nothing else unfinished. Such a creation stays in the state until somebody forgets it, but what it
 * has made is found by its labels. What it has made elsewhere, in GitLab for example, only the state tells.
 */
export function tellsOfLostCreations({ diagnosticEvent }: EngineEvent): boolean {
  const { severity, message = "" } = diagnosticEvent ?? {};
  if (severity !== "warning" || !/\d+ pending operations from previous deployment/.test(message))
    return false;
  const urns = [...message.matchAll(/^ +\* (.+), interrupted while \w+$/gm)].map(([, urn = ""]) => urn);
  return urns.length > 0 && urns.every((urn) => /[:$]docker:index\/\w+:\w+::/.test(urn));
}

/** Forgets creations that never came to their end, in Pulumi's own way: no `up` or `destroy` does. */
export async function forgetLostCreations({
  command: pulumi,
  folder,
  stack,
  environment,
}: PulumiRun): Promise<void> {
  const words = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack];
  await askPulumi({ pulumi, project: { folder }, environment }, words);
}
