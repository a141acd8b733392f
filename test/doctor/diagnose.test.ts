import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../src/doctor/diagnose.ts";
import { FAILURES } from "../../src/doctor/failures/index.ts";
import { failedJob, HEALTHY_SCRIPT, healthyJob, stamped } from "./logs/job-log.ts";

const ids = (log: string) => diagnose(log).map(({ failure }) => failure.id);
const NETWORK_PER_BUILD = "FF_NETWORK_PER_BUILD:true, FF_TIMESTAMPS:true";

/**
 * For each row of the table, logs as they come: what a client, a daemon or the runner writes when this
 * happens.
 */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "daemon-not-at-port": [
    failedJob([
      "$ docker info",
      "ERROR: Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
    ]),
    failedJob(["Cannot connect to the Docker daemon at tcp://docker:2376. Is the docker daemon running?"]),
  ],
  "no-docker-host": [
    failedJob([
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ]),
    failedJob([
      'error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/info": dial unix ' +
        "/var/run/docker.sock: connect: no such file or directory",
    ]),
    // Since Docker 29.
    failedJob([
      "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct " +
        "and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory",
    ]),
  ],
  "daemon-name-unknown": [
    failedJob([
      'docker: error during connect: Post "http://docker:2375/v1.24/containers/create": dial tcp: ' +
        "lookup docker on 169.254.169.254:53: no such host.",
    ]),
    failedJob([
      "error during connect: Get http://docker:2375/_ping: dial tcp: lookup docker on 10.0.0.2:53: " +
        "server misbehaving",
    ]),
    failedJob(["error during connect: dial tcp: lookup docker: Try again"]),
    failedJob([
      'error during connect: Get "http://docker-service:2375/v1.24/containers/json": dial tcp: lookup ' +
        "docker-service on 192.168.65.7:53: no such host",
    ]),
    failedJob([
      "error during connect: Get http://docker:2375/_ping: dial tcp: lookup docker on 10.0.0.2:53: read " +
        "udp 172.17.0.3:40917->10.0.0.2:53: i/o timeout",
    ]),
    // Since Docker 29.
    failedJob([
      "$ docker info",
      "failed to connect to the docker API at tcp://docker:2375: lookup docker on 127.0.0.11:53: no " +
        "such host",
    ]),
    failedJob([
      "failed to connect to the docker API at tcp://dind:2376: lookup dind on 10.0.0.2:53: read udp " +
        "172.17.0.3:51234->10.0.0.2:53: i/o timeout",
    ]),
  ],
  "client-without-tls": [
    failedJob(["Error response from daemon: Client sent an HTTP request to an HTTPS server."]),
  ],
  "server-without-tls": [
    failedJob([
      'error during connect: Get "https://docker:2375/v1.47/info": http: server gave HTTP response to ' +
        "HTTPS client",
    ]),
  ],
  "client-too-old": [
    failedJob([
      "Error response from daemon: client version 1.41 is too old. Minimum supported API version is " +
        "1.44, please upgrade your client to a newer version",
    ]),
  ],
  "client-too-new": [
    failedJob([
      "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.45",
    ]),
  ],
  "certificates-missing": [
    failedJob(["unable to resolve docker endpoint: open /certs/client/ca.pem: no such file or directory"]),
  ],
  "certificate-for-other-name": [
    failedJob([
      'error during connect: Get "https://dind:2376/v1.47/info": tls: failed to verify certificate: ' +
        "x509: certificate is valid for 4f5e6d7c8b9a, docker, localhost, not dind",
    ]),
    failedJob([
      "tls: failed to verify certificate: x509: certificate is valid for 4f5e6d7c8b9a, docker, " +
        "localhost, not my-docker-service",
    ]),
    failedJob([
      'error during connect: Get "https://build.example.com:2376/v1.47/info": tls: failed to verify ' +
        "certificate: x509: certificate is valid for docker, localhost, not build.example.com",
    ]),
  ],
  "certificate-of-other-daemon": [
    failedJob([
      'error during connect: Get "https://docker:2376/v1.47/info": tls: failed to verify certificate: ' +
        "x509: certificate signed by unknown authority",
    ]),
    failedJob([
      'error during connect: Get "https://my-docker-service:2376/v1.51/info": tls: failed to verify ' +
        'certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: ' +
        'verification error" while trying to verify candidate authority certificate "docker:dind CA")',
    ]),
  ],
  "daemon-not-privileged": [
    failedJob(["2026-03-02T09:15:05.111Z mount: permission denied (are you root?)"]),
    failedJob([
      "Could not mount /sys/kernel/security.",
      "AppArmor detection and --privileged mode might break.",
    ]),
  ],
  iptables: [
    failedJob([
      "failed to start daemon: Error initializing network controller: iptables v1.8.10 (legacy): can't " +
        "initialize iptables table `nat': Table does not exist (do you need to insmod?)",
    ]),
    failedJob(["iptables v1.8.10 (nf_tables): TABLE_ADD failed (No such file or directory): table filter"]),
    failedJob([
      "iptables v1.8.7 (nf_tables):  RULE_APPEND failed (No such file or directory): rule in chain DOCKER",
    ]),
  ],
  "cgroup-domain": [
    failedJob([
      'OCI runtime create failed: cannot enter cgroupv2 "/sys/fs/cgroup/docker" with domain controllers ' +
        "-- it is in an invalid state: unknown",
    ]),
  ],
  "cgroup-version": [
    failedJob(["docker: Error response from daemon: cgroups: cgroup mountpoint does not exist: unknown."]),
  ],
  "overlay-on-overlay": [
    failedJob(['level=error msg="failed to mount overlay: invalid argument" storage-driver=overlay2']),
    failedJob([
      "docker: failed to stat snapshot sha256:f999ae22f308: snapshotter not loaded: overlayfs: invalid " +
        "argument",
    ]),
    failedJob([
      "failed to register layer: failed to mount " +
        '/var/lib/docker/containerd/daemon/tmpmounts/containerd-mount550114294: mount source: "overlay", ' +
        'target: "/var/lib/docker/containerd/daemon/tmpmounts/containerd-mount550114294", fstype: ' +
        "overlay, flags: 0, data: " +
        '"workdir=/var/lib/docker/containerd/daemon/io.containerd.snapshotter.v1.overlayfs/' +
        'snapshots/2/work", ' +
        "err: invalid argument",
    ]),
    failedJob(["$ docker info", " Storage Driver: vfs"]),
  ],
  "rootless-denied": [
    failedJob([
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not " +
        "permitted",
    ]),
  ],
  "user-namespaces-none": [
    failedJob([
      'time="2026-11-25T13:44:00Z" level=warning msg="/proc/sys/user/max_user_namespaces needs to be ' +
        'set to non-zero."',
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no space left " +
        "on device",
    ]),
    failedJob(["$ unshare --user id", "unshare: unshare failed: No space left on device"]),
  ],
  "user-namespaces-root-only": [
    failedJob([
      'time="2026-11-25T13:44:00Z" level=warning msg="/proc/sys/kernel/unprivileged_userns_clone needs ' +
        'to be set to 1."',
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not " +
        "permitted",
    ]),
  ],
  "user-namespaces-apparmor": [
    failedJob([
      'time="2026-11-25T13:44:00Z" level=warning msg="This error might have happened because ' +
        '/proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1" error="fork/exec ' +
        '/proc/self/exe: permission denied"',
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: permission denied",
    ]),
  ],
  "uid-map-denied": [
    failedJob([
      "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 13 [0 1000 1 1 100000 65536] " +
        "failed: newuidmap: write to uid_map failed: Operation not permitted",
    ]),
    failedJob([
      "[rootlesskit:parent] error: failed to setup UID/GID map: newgidmap 13 [0 1000 1 1 100000 65536] " +
        "failed: newgidmap: write to gid_map failed: Operation not permitted",
    ]),
  ],
  "socket-taken": [
    failedJob([
      "failed to load listeners: can't create unix socket /var/run/docker.sock: device or resource busy",
    ]),
  ],
  mtu: [
    failedJob([
      "fatal: unable to access 'https://example.com/a.git/': OpenSSL SSL_connect: SSL_ERROR_SYSCALL in " +
        "connection to example.com:443",
    ]),
    failedJob([
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout',
    ]),
    failedJob(["curl: (56) GnuTLS recv error (-54): Error in the pull function."]),
    failedJob([
      "error: RPC failed; curl 56 GnuTLS recv error (-9): A TLS packet with unexpected length was received.",
    ]),
    failedJob([
      "fatal: unable to access 'https://example.com/a.git/': gnutls_handshake() failed: Error in the " +
        "pull function.",
    ]),
    failedJob([
      "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to registry.terraform.io:443",
    ]),
  ],
  "address-pools": [
    failedJob([
      "ERROR: Job failed (system failure): prepare environment: Error response from daemon: all " +
        "predefined address pools have been fully subnetted",
    ]),
    failedJob([
      "Error response from daemon: could not find an available, non-overlapping IPv4 address pool among " +
        "the defaults to assign to the network",
    ]),
  ],
  "public-resolver": [
    failedJob(["dial tcp: lookup redis on 8.8.8.8:53: no such host"]),
    failedJob(["dial tcp: lookup redis on [2001:4860:4860::8888]:53: no such host"]),
    failedJob([
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 8.8.4.4:53: ' +
        "read udp: i/o timeout",
    ]),
  ],
  "service-unknown-to-nested": [
    failedJob([
      "$ docker run --rm --network=host redis:7-alpine redis-cli -h some-random-cache ping",
      "Could not connect to Redis at some-random-cache:6379: Name does not resolve",
    ]),
    failedJob([
      "redis.exceptions.ConnectionError: Error -2 connecting to some-random-cache:6379. Name or service " +
        "not known.",
    ]),
    failedJob([
      'psql: error: could not translate host name "db" to address: Temporary failure in name resolution',
    ]),
    failedJob(["Error: getaddrinfo ENOTFOUND cache"]),
    failedJob(["ping: bad address 'cache'"]),
    failedJob(["curl: (6) Could not resolve host: api"]),
    failedJob(["dial tcp: lookup cache on 127.0.0.11:53: no such host"]),
    failedJob(["dial tcp: lookup cache on 10.0.0.2:53: read udp 172.18.0.3:40917->10.0.0.2:53: i/o timeout"]),
  ],
  "network-mode": [
    failedJob(
      ["Could not connect to Redis at some-random-cache:6379: Name or service not known"],
      NETWORK_PER_BUILD,
    ),
  ],
  "pull-limit": [
    failedJob(["Error response from daemon: toomanyrequests: You have reached your pull rate limit."]),
  ],
  "services-limit": [stamped(["ERROR: Preparation failed: too many services requested: 6, only 5 allowed"])],
  "alias-taken": [failedJob(['WARNING: Skipping alias "redis" for service "redis:7": already in use'])],
  "service-not-started": [
    failedJob([
      "*** WARNING: Service runner-abc-project-1-concurrent-0-redis-0 probably didn't start properly.",
    ]),
    failedJob(["Service container 1a2b has no exposed ports"]),
  ],
  "registration-token": [
    "ERROR: Registering runner... failed  runner=GR134894 status=POST " +
      "https://gitlab.example.com/api/v4/runners: 410 Gone",
  ],
  "gitlab-out-of-reach": [
    // As gitlab-runner 19.4 wrote them.
    "WARNING: Checking for jobs... failed               correlation_id=18c97f47 runner=abcdefghi " +
      "runner_name=containers status=execute JSON request: execute request: couldn't execute POST against " +
      'http://gitlab.invalid/api/v4/jobs/request: Post "http://gitlab.invalid/api/v4/jobs/request": dial ' +
      "tcp: lookup gitlab.invalid on 10.255.255.53:53: no such host",
    "ERROR: Verifying runner... failed                  runner=abcdefghi status=execute JSON request: " +
      "execute request: couldn't execute POST against http://127.0.0.1:9999/api/v4/runners/verify: Post " +
      '"http://127.0.0.1:9999/api/v4/runners/verify": dial tcp 127.0.0.1:9999: connect: connection ' +
      "refused",
  ],
  "runner-token-refused": [
    "ERROR: Verifying runner... is not valid                correlation_id=01J runner=t3_abcdef",
    "ERROR: Verifying runner... is removed                  runner=t3_abcdef",
    "ERROR: Verifying runner... failed  runner=t3_abcdef status=POST " +
      "https://gitlab.example.com/api/v4/runners/verify: 403 Forbidden",
    "ERROR: Checking for jobs... forbidden                  runner=t3_abcdef status=POST " +
      "https://gitlab.example.com/api/v4/jobs/request: 403 Forbidden",
  ],
  "runner-disabled": [
    'ERROR: Runner "https://gitlab.example.comt3_abcdef0" is unhealthy and will be disabled for 3600 ' +
      "seconds!",
  ],
  "no-runner-with-tags": [
    "This job is stuck because of one of the following problems. There are no active runners online, no " +
      "runners for the protected branch, or no runners that match all of the job's tags: docker",
    "This job is stuck because you don't have any active runners online or available with any of these " +
      "tags assigned to them: docker-in-docker",
  ],
};

describe("a log that shows it is recognised as", () => {
  test.each(Object.entries(EXAMPLES))("%s, and as nothing else", (id, logs) => {
    for (const log of logs) expect({ log, ids: ids(log) }).toEqual({ log, ids: [id] });
  });
});

test("every row has a log that shows it", () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(FAILURES.map(({ id }) => id).sort());
});

test("every symptom is in one of the logs", () => {
  const lines = Object.values(EXAMPLES).flat().join("\n");
  const unseen = FAILURES.flatMap(({ id, symptoms }) =>
    symptoms
      .filter((symptom) => !lines.split("\n").some((line) => symptom.test(line.replace(/^\S+Z 00O /, ""))))
      .map((symptom) => `${id}: ${symptom}`),
  );
  expect(unseen).toEqual([]);
});

test("a healthy job's log shows nothing, also when its last line is missing", () => {
  expect(ids(healthyJob())).toEqual([]);
  expect(ids(healthyJob().replace(/\n.*Job succeeded.*/, ""))).toEqual([]);
  expect(ids(failedJob(HEALTHY_SCRIPT))).toEqual([]);
});

test.each([
  ["a page that is gone", "curl: (22) The requested URL returned error: 410 Gone"],
  [
    "a registry's certificate",
    'Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: certificate is ' +
      "valid for *.example.org, not registry.example.com",
  ],
  [
    "a private certificate authority",
    'Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: certificate ' +
      "signed by unknown authority",
  ],
  [
    "a name in the world",
    "dial tcp: lookup registry.example.com on 10.0.0.2:53: read udp 172.17.0.3:4->10.0.0.2:53: i/o timeout",
  ],
  ["a client that was refused", "curl: (56) Recv failure: Connection refused"],
  [
    "jobs that are asked for",
    "Checking for jobs... received                     job=7 repo_url=https://gitlab.example.com/a.git",
  ],
  ["another mount", 'mount source: "/dev/sdb1", fstype: ext4, flags: 0, data: "", err: invalid argument'],
])("%s is another matter", (_, line) => {
  expect(ids(failedJob([line]))).toEqual([]);
});

test("what a job overcame is no failure", () => {
  const line = "Cannot connect to the Docker daemon at tcp://docker:2376. Is the docker daemon running?";
  expect(ids(failedJob([line]))).toEqual(["daemon-not-at-port"]);
  expect(ids(healthyJob().replace("8d3c6e8f0c7a5b3f", line))).toEqual([]);
});

test("several failures come in the order in which they happened, each once, with its first line", () => {
  const log = failedJob([
    "Could not mount /sys/kernel/security.",
    "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
    "mount: permission denied (are you root?)",
    "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
  ]);
  const found = diagnose(log);
  expect(found.map(({ failure }) => failure.id)).toEqual(["daemon-not-privileged", "daemon-not-at-port"]);
  expect(found[0]?.line.text).toBe("Could not mount /sys/kernel/security.");
  expect(log.split("\n")[(found[0]?.line.number ?? 0) - 1]).toContain("Could not mount");
});

test("each row says what to do, and where that comes from", () => {
  for (const { id, cause, remedy, source } of FAILURES) {
    expect({ id, ends: [cause, remedy].every((text) => /[.}"]$/.test(text)) }).toEqual({ id, ends: true });
    for (const address of source.split(", ")) expect(URL.canParse(address)).toBe(true);
  }
});
