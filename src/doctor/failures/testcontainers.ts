import type { Failure } from "../failure.ts";

/** A port that an engine chose, at an address of this container or of a bridge's gateway. */
const PUBLISHED_PORT = "\\b(?:127\\.0\\.0\\.1|localhost|172\\.\\d+\\.0\\.\\d+):(?:3[2-9]|[45]\\d)\\d{3}\\b";

/** Testcontainers in a job. */
export const TESTCONTAINERS: readonly Failure[] = [
  {
    id: "reaper-race",
    symptoms: [
      /port not found: creating reaper failed/i,
      /\breaper: container state: /i,
      /unexpected container status "removing"/i,
      /Reaper \w+ socket error: Error: connect ECONNREFUSED/i,
    ],
    cause: "Testcontainers used its clean-up container Ryuk before it was ready, or while it ended.",
    remedy: "Update Testcontainers: later versions wait for Ryuk, and start another.",
    source:
      "https://github.com/testcontainers/testcontainers-go/issues/3221, " +
      "https://github.com/testcontainers/testcontainers-node/issues/1025",
  },
  {
    id: "reaper-reused",
    onlyWith: /Reusing existing Reaper/i,
    symptoms: [/Failed to connect to Reaper/i],
    cause: "Testcontainers used a Ryuk container of another test process that was about to end.",
    remedy: "Update Testcontainers, or set TESTCONTAINERS_RYUK_RECONNECTION_TIMEOUT: 60s.",
    source: "https://github.com/testcontainers/testcontainers-node/issues/1025",
  },
  {
    id: "ryuk-unreachable",
    symptoms: [
      /(?:Could|Can) not connect to Ryuk at /i,
      /Connecting to Ryuk on \S+ failed/i,
      /creating reaper failed.*dial tcp.*(?:i\/o timeout|refused)/i,
      /wait for reaper .*(?:deadline exceeded|timeout)/i,
      /Failed to connect to Reaper/i,
    ],
    cause:
      "Testcontainers cannot reach its container Ryuk, or any other that it starts: the engine publishes " +
      "their ports on its own host, and the address that Testcontainers uses is not that host's.",
    remedy:
      "Set TESTCONTAINERS_HOST_OVERRIDE to the name by which the job reaches the engine: `docker` for a " +
      "Docker-in-Docker service, the bridge's gateway with a mounted socket. The host's firewall must let " +
      "that in. Without Ryuk (TESTCONTAINERS_RYUK_DISABLED) the tests fail at the next container.",
    source:
      "https://java.testcontainers.org/features/configuration/, " +
      "https://github.com/testcontainers/testcontainers-java/issues/4685",
  },
  {
    id: "testcontainers-port-unreachable",
    onlyWith: /testcontainers/i,
    symptoms: [
      new RegExp(`(?:ECONNREFUSED|refused|timed out|timeout).*${PUBLISHED_PORT}`, "i"),
      new RegExp(`${PUBLISHED_PORT}.*(?:refused|timed out|timeout)`, "i"),
    ],
    cause:
      "The test looks for a container that Testcontainers started at an address that is not the engine's " +
      "host, where its port is published.",
    remedy:
      "Ask Testcontainers for host and port (getHost, getMappedPort). Set TESTCONTAINERS_HOST_OVERRIDE to " +
      "the name by which the job reaches the engine: `docker` for a Docker-in-Docker service.",
    source: "https://java.testcontainers.org/features/configuration/",
  },
  {
    id: "testcontainers-no-engine",
    general: true,
    symptoms: [
      /Could not find a valid Docker environment/i,
      /Could not find a working container runtime strategy/i,
      /Docker is either not running or misconfigured/i,
      /rootless Docker not found/i,
      /Error while fetching server API version: /i,
    ],
    cause: "Testcontainers found no engine: neither at DOCKER_HOST nor at a socket in the job's container.",
    remedy:
      "Add the service docker:dind and set DOCKER_HOST (tcp://docker:2375 with DOCKER_TLS_CERTDIR empty), " +
      "or mount the engine's socket. The lines after the message tell why each way failed.",
    source: "https://java.testcontainers.org/supported_docker_environment/continuous_integration/gitlab_ci/",
  },
  {
    id: "reaper-not-started",
    general: true,
    symptoms: [/ResourceReaperException : Initialization has been cancelled/i],
    cause: "Testcontainers did not reach its clean-up container within a minute, or could not start it.",
    remedy:
      "Run `docker info` in the job first: it tells whether the engine answers. If it does, set " +
      "TESTCONTAINERS_HOST_OVERRIDE to the engine's name, `docker` for Docker-in-Docker.",
    source: "https://dotnet.testcontainers.org/cicd/",
  },
];
