import type { Healthcheck } from "../../model/healthcheck.ts";
import { spelledDuration } from "./provider-spelling.ts";

/** A healthcheck as @pulumi/docker takes it. */
export function healthcheckArgs(healthcheck: Healthcheck) {
  return {
    tests: [...healthcheck.test],
    interval: spelledDuration(healthcheck.interval),
    timeout: spelledDuration(healthcheck.timeout),
    retries: healthcheck.retries,
    startPeriod: spelledDuration(healthcheck.startPeriod),
    startInterval: spelledDuration(healthcheck.startInterval),
  };
}
