import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const TROUBLESHOOTING = "https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/";

/** How Go programs report that a lookup failed. A part of a regular expression. */
export const NO_SUCH_HOST =
  "(?:no such host|server misbehaving|Try again|Temporary failure in name resolution|" +
  "(?:read udp .+: )?i\\/o timeout)";

/** A client in the job cannot connect to the Docker daemon. */
export const REACHING_THE_DAEMON: readonly Failure[] = [
  {
    id: "daemon-at-localhost",
    saidBy: "job",
    neverWith: ON_KUBERNETES,
    symptoms: [
      /Cannot connect to the Docker daemon at tcp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d+/i,
      /docker API at tcp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d+/i,
      /dial tcp (?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]):237[56]: connect: connection refused/i,
    ],
    cause:
      "The client looks for the daemon in the job's own container. With the Docker executor it runs in the " +
      "container of its service.",
    remedy: "Set DOCKER_HOST to the service's alias: tcp://docker:2376 with TLS, tcp://docker:2375 without.",
    source: "https://docs.gitlab.com/ci/docker/using_docker_build/",
  },
  {
    id: "daemon-not-at-port",
    saidBy: "job",
    general: true,
    symptoms: [
      /Cannot connect to the Docker daemon at tcp:\/\/[^ ]+:237[56]/i,
      /Couldn't connect to Docker daemon at http:\/\/(?!localhost|127\.)\S+:237[56]/i,
      /failed to dial gRPC: cannot connect to the Docker daemon/i,
      /dial tcp \S+:237[56]: connect: connection refused/i,
    ],
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
    saidBy: "job",
    symptoms: [
      /Cannot connect to the Docker daemon at unix:\/\/\/var\/run\/docker\.sock/i,
      /dial unix \/var\/run\/docker\.sock: connect: no such file or directory/,
      /Couldn't connect to Docker daemon at http\+docker:\/\/localhost/i,
      /Cannot assign requested address \(?\/var\/run\/docker\.sock/,
      /Error while fetching server API version: .*FileNotFoundError/,
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
    saidBy: "job",
    general: true,
    symptoms: [
      new RegExp(`dial tcp: lookup [a-z0-9_-]*docker[a-z0-9_-]*(?: on [^ ]+)?: ${NO_SUCH_HOST}`, "i"),
      // Docker 29 omits `dial tcp`: https://github.com/moby/moby/blob/master/client/request.go
      new RegExp(`docker API at tcp:\\/\\/[^ ]+: lookup [a-z0-9_-]+(?: on [^ ]+)?: ${NO_SUCH_HOST}`, "i"),
      /Failed to resolve 'docker'/,
      /UnknownHostException: docker(?![\w.-])/,
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
    symptoms: [/Client sent an HTTP request to an HTTPS server/i, /malformed HTTP response "\\x15\\x03/i],
    cause: "The daemon requires TLS, and the client does not use it.",
    remedy:
      "Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH=/certs/client in the job, with /certs/client among the " +
      "runner's volumes; or turn TLS off on both sides.",
    source: TROUBLESHOOTING,
  },
  {
    id: "server-without-tls",
    symptoms: [
      /:237[56]\b.*server gave HTTP response to HTTPS client/i,
      /:237[56]\b.*first record does not look like a TLS handshake/i,
    ],
    cause: "The client uses TLS, and the daemon at that address does not.",
    remedy:
      "Unset DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or let the daemon create certificates " +
      "(DOCKER_TLS_CERTDIR: /certs, port 2376).",
    source: TROUBLESHOOTING,
  },
  {
    id: "client-too-old",
    saidBy: "job",
    symptoms: [/client version [\d.]+ is too old\. Minimum supported API version is [\d.]+/i],
    cause:
      "The Docker client is older than the daemon supports. " +
      "Engines 29.0 to 29.2 require API 1.44; later ones accept 1.40 again.",
    remedy:
      "Use a newer client in the job (Testcontainers for Java from 1.21.4 or 2.0.2), or an older daemon, " +
      "or set DOCKER_MIN_API_VERSION on the daemon.",
    source:
      "https://github.com/moby/moby/blob/master/daemon/config/config.go, " +
      "https://github.com/cattle-ops/terraform-aws-gitlab-runner/issues/1351",
  },
  {
    id: "client-too-new",
    saidBy: "job",
    symptoms: [/client version [\d.]+ is too new\. Maximum supported API version is [\d.]+/i],
    cause: "The Docker client is newer than the daemon, and does not negotiate the API version.",
    remedy: "Use a newer daemon, or set DOCKER_API_VERSION in the job to the version in the message.",
    source: "https://docs.docker.com/reference/api/engine/#api-version-matrix",
  },
  {
    id: "socket-permission",
    saidBy: "job",
    symptoms: [
      /permission denied while trying to connect to the (?:Docker daemon socket|docker API)/i,
      /dial unix \S*docker\.sock: connect: permission denied/i,
      /AFUNIXSocketException: Permission denied \(socket: /,
      /Error while fetching server API version: .*PermissionError/,
    ],
    cause:
      "The job's user may not use the engine's socket that is mounted into its container, or SELinux on " +
      "the host forbids it to the container.",
    remedy:
      "Run the job's image as root, or give its user the group of the socket on the host. With SELinux, " +
      'set security_opt = ["label=disable"] in [runners.docker]. The socket gives a job control of the ' +
      "host; Docker-in-Docker does not.",
    source:
      "https://docs.docker.com/engine/install/linux-postinstall/, " +
      "https://github.com/myoung34/docker-github-actions-runner/issues/9",
  },
  {
    id: "socket-is-directory",
    symptoms: [/docker\.sock\b.*\b(?:is|not) a directory/i],
    cause:
      "The engine's socket is a directory on the engine's host: a container that mounts it started while " +
      "the engine had no socket, and Docker created a directory in its place.",
    remedy:
      "On that host: stop the container, remove the directory (rmdir /var/run/docker.sock), restart the " +
      "engine, and only then the container.",
    source: "https://github.com/moby/moby/issues/30348",
  },
  {
    id: "bind-mount-missing",
    symptoms: [/Are you trying to mount a directory onto a (?:regular )?file/i],
    cause:
      "The engine looks for the source of a bind mount on its own host. There is no such file there, so " +
      "Docker created a directory.",
    remedy:
      "With Docker-in-Docker mount only paths in $CI_PROJECT_DIR, which the service sees too. With a " +
      "mounted socket, copy files in with `docker cp` or build them into the image.",
    source: "https://docs.docker.com/engine/storage/bind-mounts/",
  },
  {
    id: "buildx-tls",
    symptoms: [/could not create a builder instance with TLS data loaded from environment/i],
    cause: "buildx does not take the daemon's certificates from the environment for a new builder.",
    remedy: "Run `docker context create dind` first, then `docker buildx create --use dind`.",
    source: "https://github.com/docker/buildx/issues/413",
  },
];
