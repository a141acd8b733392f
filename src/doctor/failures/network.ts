import type { Failure } from "../failure.ts";
import { NO_SUCH_HOST } from "./reaching-the-daemon.ts";

const RESOLUTION_FAILED =
  "(?:Name or service not known|Name does not resolve|Temporary failure in name resolution|Try again)";

/** How clients report an unknown service alias, which is a name without a dot. */
const SERVICE_UNKNOWN: readonly RegExp[] = [
  new RegExp(`Could not connect to (?:Redis|Valkey) at [\\w-]+:\\d+: ${RESOLUTION_FAILED}`, "i"),
  /Error -[235] connecting to [\w-]+:\d+\./,
  /could not translate host name "[\w-]+" to address/,
  /(?:ENOTFOUND|EAI_AGAIN) [\w-]+(?![\w.-])/,
  /bad address '[\w-]+(?::\d+)?'/,
  /Could not resolve host: [\w-]+(?![\w.-])/i,
  new RegExp(
    `dial tcp: lookup (?![\\w-]*docker)[\\w-]+(?: on (?!8\\.8\\.|\\[2001:4860:)\\S+)?: ${NO_SUCH_HOST}`,
    "i",
  ),
];

/** Packets, names or addresses fail between containers and the outside. */
export const NETWORK: readonly Failure[] = [
  {
    id: "mtu",
    symptoms: [
      /SSL_ERROR_SYSCALL/,
      /TLS handshake timeout/i,
      /curl:? \(?56\)? GnuTLS recv error/i,
      /gnutls_handshake\(\) failed: (?:Error in the pull function|A TLS packet with unexpected length)/i,
      /OpenSSL SSL_(?:connect|read): Connection reset by peer/i,
    ],
    cause:
      "Connections open and then hang: large packets are dropped, because a container network has a larger " +
      "MTU than the host's uplink. Docker's default is 1500.",
    remedy:
      "Set at most the uplink's MTU at each layer: network_mtu in the runner's config.toml, --mtu for the " +
      "nested daemon, driver_opts com.docker.network.driver.mtu for compose networks. " +
      "`nestbox doctor` on the host measures it.",
    source:
      "https://github.com/moby/moby/issues/34981, " +
      "https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/",
  },
  {
    id: "address-pools",
    symptoms: [
      /all predefined address pools have been fully subnetted/i,
      /could not find an available, non-overlapping IPv4 address pool/i,
    ],
    cause: "The engine has no free subnet for another network. Its default pools hold about 31.",
    remedy:
      "Remove unused networks, declare subnets for networks, or set smaller default-address-pools " +
      'in the engine\'s daemon.json: {"base": "10.201.0.0/16", "size": 24}.',
    source: "https://github.com/moby/moby/blob/master/daemon/libnetwork/ipamutils/utils.go",
  },
  {
    id: "public-resolver",
    symptoms: [/lookup \S+ on 8\.8\.[84]\.[84]:53/, /lookup \S+ on \[2001:4860:4860::88(?:88|44)\]:53/],
    cause:
      "A container in the nested daemon's default network queries a public name server: Docker removes the " +
      "resolver at 127.0.0.11 there. A public server does not know the job's services, " +
      "and closed networks block it.",
    remedy:
      "Start the nested daemon with --dns=127.0.0.11 and your own name server, or run its containers on a " +
      "user-defined network or the host's.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/27867",
  },
  {
    id: "service-unknown-to-nested",
    symptoms: SERVICE_UNKNOWN,
    neverWith: /FF_NETWORK_PER_BUILD:true/,
    cause:
      "A service's alias does not resolve. Without FF_NETWORK_PER_BUILD only the job's container resolves " +
      "aliases: other services do not, nor do containers in a Docker-in-Docker service, even with " +
      "--network=host.",
    remedy:
      "Set FF_NETWORK_PER_BUILD = true under [runners.feature_flags] in the runner's config.toml, or as a " +
      "variable of the job. Nested containers then need --network=host or a user-defined network. " +
      "Compare the alias with the one in `services:`.",
    source: "https://docs.gitlab.com/runner/executors/docker/#create-a-network-for-each-job",
  },
  {
    id: "network-mode",
    symptoms: SERVICE_UNKNOWN,
    onlyWith: /FF_NETWORK_PER_BUILD:true/,
    cause:
      "Services do not resolve each other although FF_NETWORK_PER_BUILD is on: any network_mode in " +
      'config.toml, even "bridge", silently turns it off. Or a container in a nested daemon\'s default ' +
      "network uses the name.",
    remedy:
      "Remove network_mode from [runners.docker]. Run nested containers with --network=host or on a " +
      "user-defined network. Compare the alias with the one in `services:`.",
    source:
      "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/networks/manager.go",
  },
  {
    id: "pull-limit",
    symptoms: [/toomanyrequests/i],
    cause:
      "Docker Hub's pull limit is reached. A nested daemon starts with an empty cache, so each job " +
      "pulls again.",
    remedy:
      "Run a registry mirror beside the runner and configure it for the engine and for nested daemons " +
      "(--registry-mirror), or log in.",
    source: "https://docs.docker.com/docker-hub/usage/",
  },
];
