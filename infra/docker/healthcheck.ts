import { goDuration } from "../../sandboxes/model/duration.ts";
import type { Healthcheck } from "../../sandboxes/model/healthcheck.ts";

/** A healthcheck as @pulumi/docker takes it. */
export function healthcheckArgs(healthcheck: Healthcheck) {
  return {
    tests: [...healthcheck.test],
    interval: goDuration(healthcheck.interval),
    timeout: goDuration(healthcheck.timeout),
    retries: healthcheck.retries,
    startPeriod: goDuration(healthcheck.startPeriod),
    startInterval: goDuration(healthcheck.startInterval),
  };
}
