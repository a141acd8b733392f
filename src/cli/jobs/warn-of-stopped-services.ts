import type { Plan } from "../../model/plan/plan.ts";
import type { Progress } from "../../terminal/progress.ts";
import type { JobSite } from "./job-site.ts";

/** Names the services that have stopped, after a failure that they may explain. */
export async function warnOfStoppedServices(
  progress: Progress,
  { sandbox }: Plan,
  { stoppedServices }: Pick<JobSite, "stoppedServices">,
): Promise<void> {
  // The failure counts, whether or not it can be explained.
  const stopped = await stoppedServices().catch(() => ({}));
  for (const [service, reason] of Object.entries(stopped))
    progress.warn(`${sandbox}.services.${service}: ${reason}`);
}
