import type { Failure } from "../failure.ts";

/** How a job ended, where nothing in the log tells why. */
export const ENDINGS: readonly Failure[] = [
  {
    id: "job-timeout",
    symptoms: [
      /Job failed: execution took longer than /i,
      /The script exceeded the maximum execution time set for the job/i,
    ],
    cause: "The job ran longer than its timeout: the smallest of the job's, the project's and the runner's.",
    remedy:
      "Look at the last command of the log: it may hang. Otherwise raise `timeout` of the job, and the " +
      "limits of project and runner.",
    source: "https://docs.gitlab.com/ci/pipelines/settings/#set-a-limit-for-how-long-jobs-can-run",
  },
  {
    id: "killed",
    general: true,
    symptoms: [/\bexit(?:ed)?(?: with)?(?: exit)? (?:code|status):? 137\b/i],
    cause:
      "A process got SIGKILL (137 = 128 + 9). Usually the kernel ended it because the memory of the " +
      "container or host was used up; or something ran `docker kill` or `docker rm -f`.",
    remedy:
      "Look for it with `dmesg` on the runner's host. Raise `memory` in [runners.docker] if it is set, or " +
      "run fewer jobs or processes at once.",
    source: "https://docs.docker.com/engine/containers/resource_constraints/",
  },
  {
    id: "terminated",
    general: true,
    symptoms: [/\bexit(?:ed)?(?: with)?(?: exit)? (?:code|status):? 143\b/i],
    cause: "A process got SIGTERM (143 = 128 + 15): something asked it to end. That is no error of its own.",
    remedy:
      "Look for who stopped it: a cancelled job, a host that shut down, such as a spot instance, or a " +
      "command of the script.",
    source: "https://docs.docker.com/reference/cli/docker/container/stop/",
  },
];
