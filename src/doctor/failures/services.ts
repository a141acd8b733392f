import type { Failure } from "../failure.ts";

const SERVICES_SOURCE =
  "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/services.go";

/** The runner does not start a service, or not as the job expects it. */
export const SERVICES: readonly Failure[] = [
  {
    id: "services-limit",
    symptoms: [/too many services requested: \d+, only \d+ allowed/i],
    cause: "The job has more services than its runner allows.",
    remedy: "Raise services_limit in the runner's config.toml, or have fewer services.",
    source: SERVICES_SOURCE,
  },
  {
    id: "alias-taken",
    symptoms: [/Skipping alias .+ already in use/i],
    cause:
      "Two services have the same name. The later one is not reached by it, and is not even made when it has no other.",
    remedy: "Give each service an alias of its own.",
    source: SERVICES_SOURCE,
  },
  {
    id: "service-not-started",
    symptoms: [/Service \S+ probably didn't start properly/i, /has no exposed ports/i],
    cause:
      "The runner dialled the service's ports without an answer, or found no port to dial. It goes on all the same, and the job meets a service that is not ready.",
    remedy:
      "Read the service's log (CI_DEBUG_SERVICES: \"true\"), name its port with the service's variable HEALTHCHECK_TCP_PORT, and let the job itself wait until the service works.",
    source: SERVICES_SOURCE,
  },
];
