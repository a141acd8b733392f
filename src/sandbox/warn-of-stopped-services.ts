import type { Progress } from "../terminal/progress.ts";
import type { RunningSandbox } from "./running-sandbox.ts";

/** Names the services that have stopped, after a failure that they may explain. */
export async function warnOfStoppedServices(progress: Progress, sandbox: RunningSandbox): Promise<void> {
  // The failure counts, whether or not it can be explained.
  const stopped = await sandbox.stopped().catch(() => ({}));
  for (const [service, reason] of Object.entries(stopped))
    progress.warn(`${sandbox.plan.sandbox}.services.${service}: ${reason}`);
}
