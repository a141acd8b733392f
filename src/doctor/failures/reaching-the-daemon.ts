import type { Failure } from "../failure.ts";

const TROUBLESHOOTING = "https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/";

/** How Go programs report that a lookup failed. A part of a regular expression. */
export const NO_SUCH_HOST = "(?:no such host|server misbehaving|Try again|(?:read udp .+: )?i\\/o timeout)";

/** A client in the job cannot connect to the Docker daemon. */
export const REACHING_THE_DAEMON: readonly Failure[] = [
  {
    id: "daemon-not-at-port",
    symptoms: [/Cannot connect to the Docker daemon at tcp:\/\/[^ ]+:237[56]/i],
    cause:
      "No daemon listens on that port: it uses the other one (2376 with TLS, 2375 without), is not ready " +
      "yet, or has exited because it is not privileged.",
    remedy:
      "Match DOCKER_HOST and DOCKER_TLS_CERTDIR, wait until `docker info` succeeds, and run the service " +
      'privileged. CI_DEBUG_SERVICES: "true" shows its log.',
    source:
      "https://docs.gitlab.com/runner/executors/docker/, " +
      "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/27215",
  },
  {
    id: "no-docker-host",
    symptoms: [
      /Cannot connect to the Docker daemon at unix:\/\/\/var\/run\/docker\.sock/i,
      /dial unix \/var\/run\/docker\.sock: connect: no such file or directory/,
    ],
    cause:
      "The client looks for a daemon in its own container, which has none: DOCKER_HOST is not set. " +
      "Only the official docker images set it, and a nested container does not inherit it.",
    remedy:
      "Set DOCKER_HOST to the service (tcp://docker:2376 with TLS, tcp://docker:2375 without), " +
      "and pass it to nested containers with --env.",
    source: TROUBLESHOOTING,
  },
  {
    id: "daemon-name-unknown",
    symptoms: [
      new RegExp(`dial tcp: lookup [a-z0-9_-]*docker[a-z0-9_-]*(?: on [^ ]+)?: ${NO_SUCH_HOST}`, "i"),
      // Docker 29 omits `dial tcp`: https://github.com/moby/moby/blob/master/client/request.go
      new RegExp(`docker API at tcp:\\/\\/[^ ]+: lookup [a-z0-9_-]+(?: on [^ ]+)?: ${NO_SUCH_HOST}`, "i"),
    ],
    cause:
      "The name of the Docker service does not resolve: the job has no Docker-in-Docker service, the " +
      "service has exited (it is not privileged), its image implies another alias, " +
      "or the client runs in a nested container that does not see the job's services.",
    remedy:
      "Add the service docker:dind with the alias docker, on a runner with privileged services. " +
      "For a nested container, use --network=host with FF_NETWORK_PER_BUILD, or bind-mount the daemon's " +
      "socket.",
    source:
      "https://gitlab.com/gitlab-org/gitlab/-/issues/420647, " +
      "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/37302",
  },
  {
    id: "client-without-tls",
    symptoms: [/Client sent an HTTP request to an HTTPS server/i],
    cause: "The daemon requires TLS, and the client does not use it.",
    remedy:
      "Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH=/certs/client in the job, with /certs/client among the " +
      "runner's volumes; or turn TLS off on both sides.",
    source: TROUBLESHOOTING,
  },
  {
    id: "server-without-tls",
    symptoms: [/server gave HTTP response to HTTPS client/i],
    cause:
      "The client uses TLS with a server without TLS: a daemon on port 2375, " +
      "or a registry that is not declared insecure.",
    remedy:
      "Unset DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or let the daemon create certificates " +
      "(DOCKER_TLS_CERTDIR: /certs, port 2376). For a registry, start the daemon with --insecure-registry.",
    source: TROUBLESHOOTING,
  },
  {
    id: "client-too-old",
    symptoms: [/client version [\d.]+ is too old\. Minimum supported API version is [\d.]+/i],
    cause:
      "The Docker client is older than the daemon supports. " +
      "Engines 29.0 to 29.2 require API 1.44; later ones accept 1.40 again.",
    remedy: "Use a newer client in the job, or a newer daemon, or set DOCKER_MIN_API_VERSION on the daemon.",
    source:
      "https://github.com/moby/moby/blob/master/daemon/config/config.go, " +
      "https://github.com/cattle-ops/terraform-aws-gitlab-runner/issues/1351",
  },
  {
    id: "client-too-new",
    symptoms: [/client version [\d.]+ is too new\. Maximum supported API version is [\d.]+/i],
    cause: "The Docker client is newer than the daemon, and does not negotiate the API version.",
    remedy: "Use a newer daemon, or set DOCKER_API_VERSION in the job to the version in the message.",
    source: "https://docs.docker.com/reference/api/engine/#api-version-matrix",
  },
];
