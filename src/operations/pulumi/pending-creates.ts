import type { EngineEvent } from "./events.ts";
import type { CommandContext } from "./pulumi-command.ts";
import { exportState } from "./state-export.ts";

/** Resources whose pending creates can be cleared, by their URNs. */
const CLEARABLE: readonly RegExp[] = [
  // Their labels or their namespace identify them.
  /[:$]docker:index\/\w+:\w+::/,
  /:KubernetesSandbox\$kubernetes:[^:]+:\w+::/,
  // Providers exist in the state alone.
  /[:$]pulumi:providers:\w+::/,
];

/**
 * Whether an event reports pending creates in the state, and all of them can be cleared. Only the state
 * identifies other resources, for example in GitLab. An operation that refreshes reports none.
 */
export function reportsPendingCreates({ diagnosticEvent }: EngineEvent): boolean {
  const { severity, message = "" } = diagnosticEvent ?? {};
  if (severity !== "warning" || !/\d+ pending operations from previous deployment/.test(message))
    return false;
  const lines = message.matchAll(/^ +\* (.+), interrupted while \w+$/gm);
  return areClearable([...lines].map(([, urn = ""]) => urn));
}

/** Whether a stack's state contains pending creates, and all of them can be cleared. */
export async function hasPendingCreates(context: CommandContext): Promise<boolean> {
  return areClearable((await exportState(context)).pendingOperations);
}

function areClearable(urns: readonly string[]): boolean {
  return urns.length > 0 && urns.every((urn) => CLEARABLE.some((pattern) => pattern.test(urn)));
}
