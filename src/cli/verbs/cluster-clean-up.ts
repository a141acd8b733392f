import { cleanUpManifest } from "../../kubernetes/clean-up/clean-up-manifest.ts";
import { CRON_TIME, cronSchedule } from "../../kubernetes/clean-up/cron-schedule.ts";
import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { readSetting } from "../../stacks/stack-settings.ts";

/** The options of `nestbox cluster clean-up`, which its help describes. */
export interface CleanUpOptions {
  readonly image: string;
  readonly every: string;
  readonly namespace?: string;
}

/**
 * `nestbox cluster clean-up`: prints the manifest of a scheduled `nestbox gc`, for an administrator.
 * @throws ConfigurationError for a time that no schedule expresses, and for a name that no namespace has
 */
export async function printCleanUp(
  { image, every, namespace }: CleanUpOptions,
  { stdout }: Pick<Invocation, "stdout">,
): Promise<number> {
  const schedule = parseDuration(every) === undefined ? undefined : cronSchedule(every as Duration);
  if (schedule === undefined) throw new ConfigurationError(`--every: is "${every}"; use ${CRON_TIME}`);
  if (namespace !== undefined) readSetting("kubernetes", { namespace }, "--namespace");
  stdout.write(cleanUpManifest({ name: "nestbox-clean-up", image, schedule, sandboxes: namespace }));
  return 0;
}
