import type { LogsOfFailures } from "./logs-of-failures.ts";

export const ENDINGS_LOGS: LogsOfFailures = {
  "job-timeout": {
    shownBy: [
      "ERROR: Job failed: execution took longer than 1h0m0s seconds",
      "The script exceeded the maximum execution time set for the job",
    ],
    notShownBy: ["ERROR: Job failed: canceled"],
  },
  killed: {
    shownBy: ["ERROR: Job failed: exit code 137", "The command exited with code 137"],
    notShownBy: ["exit code 1: 137 tests failed"],
  },
  terminated: {
    shownBy: ["ERROR: Job failed: exit code 143"],
    notShownBy: ["exit code 1: 143 tests failed"],
  },
};
