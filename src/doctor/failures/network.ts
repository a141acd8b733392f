import type { Failure } from "../failure.ts";

/** How clients say that they do not know a service's alias, which is a name without a dot. */
const SERVICE_UNKNOWN: readonly RegExp[] = [
  /Could not connect to (?:Redis|Valkey) at [\w-]+:\d+: (?:Name or service not known|Name does not resolve|Temporary failure in name resolution|Try again)/i,
  /Error -[235] connecting to [\w-]+:\d+\./,
  /could not translate host name "[\w-]+" to address/,
  /(?:ENOTFOUND|EAI_AGAIN) [\w-]+(?![\w.-])/,
  /bad address '[\w-]+(?::\d+)?'/,
  /Could not resolve host: [\w-]+(?![\w.-])/i,
  /dial tcp: lookup (?![\w-]*docker)[\w-]+(?: on (?!8\.8\.|\[2001:4860:)\S+)?: (?:no such host|server misbehaving|Try again|(?:read udp .+: )?i\/o timeout)/i,
];

/** Packets or names get lost between containers and the world. */
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
      "Connections open and then hang: large packets vanish, because a network of containers has a larger MTU than the host's way out. Docker assumes 1500 everywhere.",
    remedy:
      "Give each layer at most the uplink's MTU: network_mtu in the runner's config.toml, --mtu for the nested daemon, driver_opts com.docker.network.driver.mtu for compose networks. `nestbox doctor` on the host measures it.",
    source:
      "https://github.com/moby/moby/issues/34981, https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/",
  },
  {
    id: "address-pools",
    symptoms: [
      /all predefined address pools have been fully subnetted/i,
      /could not find an available, non-overlapping IPv4 address pool/i,
    ],
    cause: "The engine has no subnet left for one more network. Its default pools hold about 31.",
    remedy:
      'Remove networks that nobody uses, give networks subnets of their own, or set smaller default-address-pools in the engine\'s daemon.json: {"base": "10.201.0.0/16", "size": 24}.',
    source: "https://github.com/moby/moby/blob/master/daemon/libnetwork/ipamutils/utils.go",
  },
  {
    id: "public-resolver",
    symptoms: [/lookup \S+ on 8\.8\.[84]\.[84]:53/, /lookup \S+ on \[2001:4860:4860::88(?:88|44)\]:53/],
    cause:
      "A container in the nested daemon's default network asks a public name server: Docker drops the resolver at 127.0.0.11 there. It cannot know the job's services, and closed networks do not let it through.",
    remedy:
      "Give the nested daemon --dns=127.0.0.11 and your own name server, or put its containers on a network of their own or the host's.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/27867",
  },
  {
    id: "service-unknown-to-nested",
    symptoms: SERVICE_UNKNOWN,
    neverWith: /FF_NETWORK_PER_BUILD:true/,
    cause:
      "A service's alias is unknown where it is used. Without FF_NETWORK_PER_BUILD only the job's own container knows aliases: not the other services, and so not what a Docker-in-Docker service runs, even with --network=host.",
    remedy:
      "Set FF_NETWORK_PER_BUILD = true under [runners.feature_flags] in the runner's config.toml, or as a variable of the job; nested containers then need --network=host or a network of their own. Compare the alias with the one in `services:`.",
    source: "https://docs.gitlab.com/runner/executors/docker/#create-a-network-for-each-job",
  },
  {
    id: "network-mode",
    symptoms: SERVICE_UNKNOWN,
    onlyWith: /FF_NETWORK_PER_BUILD:true/,
    cause:
      'Services do not see each other although FF_NETWORK_PER_BUILD is on: any network_mode in config.toml, even "bridge", turns it off without a word. Or the name is asked for in a nested daemon\'s default network.',
    remedy:
      "Take network_mode out of [runners.docker]; give nested containers --network=host or a network of their own; compare the alias with the one in `services:`.",
    source:
      "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/networks/manager.go",
  },
  {
    id: "pull-limit",
    symptoms: [/toomanyrequests/i],
    cause:
      "Docker Hub's limit on pulls is reached. A nested daemon starts with an empty cache, so each job pulls again.",
    remedy:
      "Put a registry mirror beside the runner and hand it to the engine and to nested daemons (--registry-mirror), or log in.",
    source: "https://docs.docker.com/docker-hub/usage/",
  },
];
