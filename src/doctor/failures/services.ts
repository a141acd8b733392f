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
    id: "services-on-host-network",
    general: true,
    symptoms: [/host type networking can't be used with links/i],
    cause: 'network_mode = "host" and services exclude each other: the runner links services to the job.',
    remedy: "Remove network_mode from [runners.docker], and set FF_NETWORK_PER_BUILD.",
    source: "https://docs.gitlab.com/runner/executors/docker/#configure-container-networking",
  },
  {
    id: "service-not-started",
    general: true,
    symptoms: [/Service \S+ probably didn't start properly/i, /has no exposed ports/i],
    cause:
      "The runner got no answer on the service's ports, or found no port to check. " +
      "It starts the job anyway, with a service that is not ready.",
    remedy:
      "Read the service's log (CI_DEBUG_SERVICES: \"true\"), set its port with the service's variable " +
      "HEALTHCHECK_TCP_PORT, and let the job wait until the service works.",
    source: SERVICES_SOURCE,
  },
  {
    id: "service-needs-password",
    symptoms: [
      /Database is uninitialized and (?:superuser )?password (?:option )?is not specified/i,
      /MARIADB_ROOT_PASSWORD.*MARIADB_ALLOW_EMPTY_ROOT_PASSWORD/i,
    ],
    cause: "The database's image does not start without a password, and the service has none.",
    remedy:
      "Set POSTGRES_PASSWORD, MYSQL_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD in `variables` of the job or " +
      "service. Masked variables of the project do not reach services by themselves.",
    source: "https://docs.gitlab.com/ci/services/",
  },
  {
    id: "service-password",
    // A probe without password writes the same into the service's log.
    general: true,
    symptoms: [
      /password authentication failed for user "/i,
      /Access denied for user '[^']*'@'[^']*' \(using password: /i,
    ],
    cause: "The client's user name or password are not those with which the service was started.",
    remedy:
      "Compare the client's settings with the service's variables, such as POSTGRES_USER and " +
      "POSTGRES_PASSWORD, or MYSQL_USER and MYSQL_PASSWORD.",
    source: "https://docs.gitlab.com/ci/services/",
  },
  {
    id: "service-database",
    general: true,
    symptoms: [
      /(?:FATAL|ERROR): +(?:database|role) "(?!root)[^"]+" does not exist/i,
      /Unknown database '[^']+'/i,
    ],
    cause: "The service has no database or user of this name.",
    remedy:
      "Name it in the service's variables, POSTGRES_DB and POSTGRES_USER or MYSQL_DATABASE, or create it " +
      "in the script.",
    source: "https://docs.gitlab.com/ci/services/",
  },
  {
    id: "client-without-authentication-plugin",
    symptoms: [
      /Authentication plugin 'caching_sha2_password' (?:cannot be loaded|reported error|is not supported)/i,
    ],
    cause: "The client does not know the way in which MySQL 8 checks passwords.",
    remedy: "Use a newer client or library in the job, or an image of MySQL that still allows the old way.",
    source: "https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html",
  },
];
