import type { LogsOfFailures } from "./logs-of-failures.ts";

const KUBERNETES = 'Preparing the "kubernetes" executor';

export const NETWORK_LOGS: LogsOfFailures = {
  mtu: {
    shownBy: [
      "fatal: unable to access 'https://example.com/a.git/': OpenSSL SSL_connect: " +
        "SSL_ERROR_SYSCALL in connection to example.com:443",
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS ' +
        "handshake timeout",
      "curl: (56) GnuTLS recv error (-54): Error in the pull function.",
      "error: RPC failed; curl 56 GnuTLS recv error (-9): A TLS packet with unexpected " +
        "length was received.",
      "fatal: unable to access 'https://example.com/a.git/': gnutls_handshake() failed: " +
        "Error in the pull function.",
      "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to " +
        "registry.terraform.io:443",
    ],
    notShownBy: [
      'ERROR: Preparation failed: Get "https://registry.example.com/": net/http: TLS ' + "handshake timeout",
    ],
  },
  "git-server-is-localhost": {
    shownBy: [
      "fatal: unable to access 'http://localhost:8080/team/app.git/': Failed to connect to " +
        "localhost port 8080: Connection refused",
    ],
    notShownBy: [
      "fatal: unable to access 'https://gitlab.example.com/localhost.git/': The requested " +
        "URL returned error: 502",
    ],
  },
  "git-server-unknown-in-pod": {
    shownBy: [
      [
        KUBERNETES,
        "fatal: unable to access 'https://gitlab.example.com/team/app.git/': Could not resolve host: " +
          "gitlab.example.com",
      ],
    ],
    notShownBy: ["fatal: unable to access 'https://gitlab.example.com/': Could not resolve host: gitlab"],
  },
  "git-server-unreachable": {
    shownBy: [
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': Failed to connect to " +
        "gitlab.example.com port 443 after 1061 ms: Couldn't connect to server",
    ],
    notShownBy: ["curl: (7) Failed to connect to web.example.com port 80"],
  },
  "git-server-unknown": {
    shownBy: [
      "fatal: unable to access 'http://gitlab/team/app.git/': Couldn't resolve host 'gitlab'",
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': Could not resolve " +
        "host: gitlab.example.com",
      "fatal: unable to access 'http://gitlab/team/app.git/': Could not resolve host: gitlab",
    ],
    notShownBy: [
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': The requested URL " +
        "returned error: 502",
    ],
  },
  "address-pools": {
    shownBy: [
      "ERROR: Job failed (system failure): prepare environment: Error response from daemon: " +
        "all predefined address pools have been fully subnetted",
      "Error response from daemon: could not find an available, non-overlapping IPv4 address " +
        "pool among the defaults to assign to the network",
    ],
    notShownBy: ["Error response from daemon: network with name app already exists"],
  },
  "public-resolver": {
    shownBy: [
      "dial tcp: lookup redis on 8.8.8.8:53: no such host",
      "dial tcp: lookup redis on [2001:4860:4860::8888]:53: no such host",
      "dial tcp: lookup pypi.org on 8.8.4.4:53: read udp 172.18.0.2:4711->8.8.4.4:53: i/o " + "timeout",
    ],
    notShownBy: ["nameserver 8.8.8.8", "dial tcp: lookup docker on 8.8.8.8:53: no such host"],
  },
  "service-unknown-to-nested": {
    shownBy: [
      [
        "$ docker run --rm --network=host redis:7-alpine redis-cli -h some-random-cache ping",
        "Could not connect to Redis at some-random-cache:6379: Name does not resolve",
      ],
      "redis.exceptions.ConnectionError: Error -2 connecting to some-random-cache:6379. Name " +
        "or service not known.",
      'psql: error: could not translate host name "db" to address: Temporary failure in ' + "name resolution",
      "Error: getaddrinfo ENOTFOUND cache",
      "ping: bad address 'cache'",
      "curl: (6) Could not resolve host: api",
      "dial tcp: lookup cache on 127.0.0.11:53: no such host",
      "dial tcp: lookup cache on 10.0.0.2:53: read udp 172.18.0.3:40917->10.0.0.2:53: i/o " + "timeout",
    ],
    notShownBy: ["PONG from cache:6379"],
  },
  "network-mode": {
    shownBy: [
      [
        "feature flags: FF_NETWORK_PER_BUILD:true, FF_TIMESTAMPS:true",
        "Could not connect to Redis at some-random-cache:6379: Name or service not known",
      ],
    ],
    notShownBy: [["feature flags: FF_NETWORK_PER_BUILD:true", "PONG from cache:6379"]],
  },
  "service-at-localhost": {
    shownBy: [
      "Error: connect ECONNREFUSED 127.0.0.1:6379",
      "dial tcp [::1]:5432: connect: connection refused",
      "Could not connect to Redis at 127.0.0.1:6379: Connection refused",
      "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection " + "refused.",
      'Is the server running on host "127.0.0.1" and accepting',
      'psql: error: connection to server at "localhost" (127.0.0.1), port 5432 failed: ' +
        "Connection refused",
      'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such ' +
        "file or directory",
      "Is the server running locally and accepting connections on Unix domain socket " +
        '"/tmp/.s.PGSQL.5432"?',
      "ERROR 2002 (HY000): Can't connect to local MySQL server through socket " +
        "'/run/mysqld/mysqld.sock' (2)",
      "pymongo.errors.ServerSelectionTimeoutError: localhost:27017: [Errno 111] Connection " + "refused",
    ],
    notShownBy: ['LOG:  listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"'],
  },
  "name-unknown-in-pod": {
    shownBy: [[KUBERNETES, "curl: (6) Could not resolve host: packages.example.com"]],
    notShownBy: ["curl: (6) Could not resolve host: packages.example.com"],
  },
  "name-unknown": {
    shownBy: [
      "curl: (6) Could not resolve host: packages.example.com",
      "dial tcp: lookup modules.example.com on 10.0.0.2:53: no such host",
      "Error: getaddrinfo EAI_AGAIN packages.example.com",
      "wget: bad address 'packages.example.com'",
      "W: Failed to fetch http://packages.example.com/debian/dists/trixie/InRelease  Temporary " +
        "failure resolving 'packages.example.com'",
      "WARNING: fetching https://packages.example.com/alpine/v3.22/main: DNS lookup error",
    ],
    notShownBy: ["Resolving packages.example.com... 10.1.2.3"],
  },
};
