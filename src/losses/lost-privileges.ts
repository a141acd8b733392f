import { PIDS_LIMIT } from "../model/plan/privilege-defaults.ts";

/** Whether a target without a limit of processes loses a planned one. */
export function isLostLimit(pidsLimit: number | undefined): boolean | "by default" {
  if (pidsLimit === undefined) return false;
  return pidsLimit === PIDS_LIMIT ? "by default" : true;
}
