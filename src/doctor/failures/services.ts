import type { Failure } from "../failure.ts";

const SERVICES_SOURCE =
  "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/services.go";

/** The runner does not start a service, or starts it with other names or ports than the job expects. */
export const SERVICES: readonly Failure[] = [
  {
    id: "services-limit",
    symptoms: [/too many services requested: \d+, only \d+ allowed/i],
    cause: "The job has more services than its runner allows.",
    remedy: "Raise services_limit in the runner's config.toml, or declare fewer services.",
    source: SERVICES_SOURCE,
  },
  {
    id: "alias-taken",
    symptoms: [/Skipping alias .+ already in use/i],
    cause:
      "Two services have the same alias. The later one is not reachable by it, " +
      "and is not created if it has no other alias.",
    remedy: "Give each service a unique alias.",
    source: SERVICES_SOURCE,
  },
  {
    id: "service-not-started",
    symptoms: [/Service \S+ probably didn't start properly/i, /has no exposed ports/i],
    cause:
      "The runner got no answer on the service's ports, or found no port to check. " +
      "It starts the job anyway, with a service that is not ready.",
    remedy:
      "Read the service's log (CI_DEBUG_SERVICES: \"true\"), set its port with the service's variable " +
      "HEALTHCHECK_TCP_PORT, and let the job wait until the service works.",
    source: SERVICES_SOURCE,
  },
];
