import type { PlannedJob } from "../../model/plan/plan.ts";
import { startOrder } from "../../model/start-order.ts";

/**
 * Jobs in run order: each after the jobs that it needs, otherwise in declaration order.
 * @param only the key of the one job to run, after the jobs that it needs. @default all jobs
 */
export function jobOrder(jobs: readonly PlannedJob[], only?: string): readonly PlannedJob[] {
  const needs = Object.fromEntries(jobs.map((job) => [job.key, job.needs]));
  const wanted = only === undefined ? new Set(Object.keys(needs)) : withNeeded(needs, only);
  return startOrder(needs).flatMap((key) => (wanted.has(key) ? jobs.filter((job) => job.key === key) : []));
}

function withNeeded(needs: Readonly<Record<string, readonly string[]>>, key: string): ReadonlySet<string> {
  return new Set([key, ...(needs[key] ?? []).flatMap((needed) => [...withNeeded(needs, needed)])]);
}
