import { type Duration, milliseconds } from "../../model/duration.ts";

/** What a time between two runs must be, for errors. */
export const CRON_TIME =
  'whole minutes that divide an hour, or hours that divide a day, such as "30m" or "6h"';

/**
 * The schedule of a CronJob that runs at an interval. Undefined for one that no schedule expresses evenly.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function cronSchedule(every: Duration): string | undefined {
  const minutes = milliseconds(every) / 60_000;
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (Number.isInteger(hours) && 24 % hours === 0) return hours === 24 ? "0 0 * * *" : `0 */${hours} * * *`;
  return undefined;
}
