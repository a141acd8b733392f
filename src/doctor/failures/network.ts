import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";
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

const DATABASE_PORT = "(?:1433|3306|5432|5672|6379|9092|9200|11211|27017)";

/** How clients report that nothing listens at 127.0.0.1, or at a database's local socket. */
const SERVICE_AT_LOCALHOST: readonly RegExp[] = [
  new RegExp(`ECONNREFUSED (?:127\\.0\\.0\\.1|::1):${DATABASE_PORT}\\b`),
  new RegExp(`dial tcp (?:127\\.0\\.0\\.1|\\[::1\\]):${DATABASE_PORT}: connect: connection refused`),
  /(?:Redis|Valkey) (?:at|on) (?:127\.0\.0\.1|localhost):\d+\b.*(?:refused|ECONNREFUSED)/i,
  /Error \d+ connecting to (?:127\.0\.0\.1|localhost):\d+\. Connection refused/i,
  /Is the server running on (?:that )?host "?(?:127\.0\.0\.1|localhost)/i,
  /connection to server at "(?:127\.0\.0\.1|localhost)".* failed: Connection refused/i,
  /\bon socket "\S*\.s\.PGSQL\.\d+" failed/,
  /connections on Unix domain socket "\S*\.s\.PGSQL\./,
  /Can't connect to (?:local )?(?:MySQL|MariaDB) server (?:through socket|on '(?:127\.0\.0\.1|localhost))/i,
  /(?:127\.0\.0\.1|localhost):27017: \[Errno 111\] Connection refused/,
];

/** A name with a dot. */
const OUTSIDE = "[\\w-]+(?:\\.[\\w-]+)+";

/** How clients report that a name outside of the job does not resolve. */
const NAME_UNKNOWN: readonly RegExp[] = [
  new RegExp(`Could not resolve (?:host: |host name: |'|proxy: )${OUTSIDE}`, "i"),
  new RegExp(`^(?!.*/v2/).*\\blookup ${OUTSIDE}(?: on \\S+)?: ${NO_SUCH_HOST}`, "i"),
  new RegExp(`(?:ENOTFOUND|EAI_AGAIN) ${OUTSIDE}`),
  new RegExp(`bad address '${OUTSIDE}(?::\\d+)?'`),
  /Temporary failure resolving '/,
  /fetching https?:\/\/\S+: DNS (?:lookup error|: transient error)/i,
];

const GIT_SERVER_UNKNOWN: readonly RegExp[] = [
  /unable to access 'https?:\/\/[^']+': Could(?: not|n't) resolve host/i,
];

/** Packets, names or addresses fail between containers and the outside. */
export const NETWORK: readonly Failure[] = [
  {
    id: "mtu",
    saidBy: "job",
    symptoms: [
      /SSL_ERROR_SYSCALL/,
      /TLS handshake timeout/i,
      /curl:? \(?56\)? GnuTLS recv error/i,
      /gnutls_handshake\(\) failed: (?:Error in the pull function|A TLS packet with unexpected length)/i,
      /OpenSSL SSL_(?:connect|read): Connection reset by peer/i,
    ],
    cause:
      "Connections open and then hang. Usually large packets are dropped, because a container network has " +
      "a larger MTU than the host's uplink. Docker's default is 1500.",
    remedy:
      "Set at most the uplink's MTU at each layer: network_mtu in the runner's config.toml, --mtu for the " +
      "nested daemon, driver_opts com.docker.network.driver.mtu for compose networks. " +
      "`nestbox doctor` on the host measures it.",
    source:
      "https://github.com/moby/moby/issues/34981, " +
      "https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/",
  },
  {
    id: "git-server-is-localhost",
    symptoms: [/unable to access 'https?:\/\/(?:[^@/]+@)?(?:localhost|127\.0\.0\.1)\b/i],
    cause: "GitLab's external_url is localhost: in the helper's container that is the container itself.",
    remedy:
      "Set clone_url in [[runners]] to an address of GitLab that containers reach, or correct external_url.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#how-clone_url-works",
  },
  {
    id: "git-server-unknown-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: GIT_SERVER_UNKNOWN,
    cause:
      "Git in the helper's container cannot resolve the server's name. If it resolves at times, it is the " +
      "resolver of musl in the helper's Alpine image, with the cluster's search domains.",
    remedy:
      'Set helper_image_flavor = "ubuntu" in [runners.kubernetes]. If that does not help, check CoreDNS, ' +
      "and set dns_config (nameservers, or the option ndots: 1), or host_aliases.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/troubleshooting/",
  },
  {
    id: "git-server-unknown",
    neverWith: ON_KUBERNETES,
    symptoms: GIT_SERVER_UNKNOWN,
    cause: "Git in the container cannot resolve the server's name.",
    remedy:
      "Set `dns` or `extra_hosts` in [runners.docker]; for a GitLab that has another name in its own " +
      "network, clone_url in [[runners]].",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#how-clone_url-works",
  },
  {
    id: "git-server-unreachable",
    symptoms: [/unable to access 'https?:\/\/[^']+': Failed to connect to /i],
    cause: "Git in the container resolves the server's name and gets no connection to its address.",
    remedy:
      "Set clone_url in [[runners]] to an address of GitLab that containers reach. Check the firewall, the " +
      "proxy, and in a cluster network policies and whether pods reach its own ingress.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#how-clone_url-works",
  },
  {
    id: "address-pools",
    symptoms: [
      /all predefined address pools have been fully subnetted/i,
      /could not find an available, non-overlapping IPv4 address pool/i,
    ],
    cause:
      "The engine has no free subnet for another network. Its default pools hold about 31, fewer where " +
      "routes of the host, such as a VPN's, overlap them.",
    remedy:
      "Remove unused networks, declare subnets for networks, or set smaller default-address-pools " +
      'in the engine\'s daemon.json: {"base": "10.201.0.0/16", "size": 24}.',
    source: "https://github.com/moby/moby/blob/master/daemon/libnetwork/ipamutils/utils.go",
  },
  {
    id: "public-resolver",
    // A daemon's name that does not resolve has more causes.
    symptoms: [
      /lookup (?!\S*docker)\S+ on 8\.8\.[84]\.[84]:53/,
      /lookup (?!\S*docker)\S+ on \[2001:4860:4860::88(?:88|44)\]:53/,
    ],
    cause:
      "A container asks a public name server, which does not know the job's services and which closed " +
      "networks block. Mostly it is one in the nested daemon's default network: Docker removes the " +
      "resolver at 127.0.0.11 there.",
    remedy:
      "Start the nested daemon with --dns=127.0.0.11 and your own name server, or run its containers on a " +
      "user-defined network or the host's.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/27867",
  },
  {
    id: "service-unknown-to-nested",
    symptoms: SERVICE_UNKNOWN,
    neverWith: new RegExp(`FF_NETWORK_PER_BUILD:true|${ON_KUBERNETES.source}`, "i"),
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
    id: "service-at-localhost",
    neverWith: ON_KUBERNETES,
    symptoms: SERVICE_AT_LOCALHOST,
    cause:
      "The client looks for the service in the job's own container, at 127.0.0.1 or a local socket. With " +
      "the Docker executor, services run in containers of their own.",
    remedy:
      "Give the client the service's alias as host: the name of its image, such as postgres, mysql or " +
      "redis, or `alias` in `services:`.",
    source: "https://docs.gitlab.com/ci/services/",
  },
  {
    id: "name-unknown-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: NAME_UNKNOWN,
    cause: "The job's pod cannot resolve this name: the cluster's DNS does not know it, or does not answer.",
    remedy:
      "Try `nslookup NAME` in a pod of that namespace. Correct CoreDNS's forwarders, or set dns_policy, " +
      "dns_config or host_aliases in [runners.kubernetes]. Alpine images may need the option ndots: 1.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#configure-pod-dns-settings",
  },
  {
    id: "name-unknown",
    neverWith: ON_KUBERNETES,
    symptoms: NAME_UNKNOWN,
    cause: "A container cannot resolve this name: its name server does not know it, or does not answer.",
    remedy:
      "Try `docker run --rm busybox nslookup NAME` on the runner's host. Set `dns`, or `extra_hosts` for " +
      "single names, in [runners.docker]; for containers of a nested daemon, also its arguments --dns.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section",
  },
];
