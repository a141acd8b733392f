import { ConfigurationError } from "../problem.ts";
import type { Plan, PlannedJob } from "./plan.ts";

/** The job of a plan with a key. @throws ConfigurationError naming the jobs that there are */
export function jobNamed({ sandbox, jobs }: Plan, key: string): PlannedJob {
  const found = jobs.find((job) => job.key === key);
  if (found !== undefined) return found;
  const keys = jobs.map((job) => job.key).join(", ");
  throw new ConfigurationError(`no job "${key}" in sandbox "${sandbox}"; it has ${keys || "none"}`);
}
