import type { LogsOfFailures } from "./logs-of-failures.ts";

export const REACHING_THE_DAEMON_LOGS: LogsOfFailures = {
  "daemon-at-localhost": {
    shownBy: [
      "Cannot connect to the Docker daemon at tcp://localhost:2375. Is the docker daemon " + "running?",
      "failed to connect to the docker API at tcp://127.0.0.1:2376: EOF",
      "error during connect: dial tcp 127.0.0.1:2375: connect: connection refused",
    ],
    notShownBy: [['Preparing the "kubernetes" executor', "Connection to tcp://localhost:2375 refused"]],
  },
  "daemon-not-at-port": {
    shownBy: [
      "Couldn't connect to Docker daemon at http://docker:2375 - is it running?",
      [
        "$ docker info",
        "ERROR: Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon " + "running?",
      ],
      "Cannot connect to the Docker daemon at tcp://docker:2376. Is the docker daemon " + "running?",
      "failed to dial gRPC: cannot connect to the Docker daemon. Is 'docker daemon' running " +
        "on this host?",
      'error during connect: Get "http://docker:2375/v1.47/info": dial tcp ' +
        "172.17.0.3:2375: connect: connection refused",
    ],
    notShownBy: ["nc: docker:2375 (172.17.0.3:2375): open"],
  },
  "no-docker-host": {
    shownBy: [
      "Couldn't connect to Docker daemon at http+docker://localhost - is it running?",
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker " +
        "daemon running?",
      'error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/info": dial unix ' +
        "/var/run/docker.sock: connect: no such file or directory",
      "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path " +
        "is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no " +
        "such file or directory",
      "SocketException : Cannot assign requested address /var/run/docker.sock",
      "docker.errors.DockerException: Error while fetching server API version: ('Connection " +
        "aborted.', FileNotFoundError(2, 'No such file or directory'))",
    ],
    notShownBy: ['ls: cannot access "/var/run/docker.sock": No such file or directory'],
  },
  "daemon-name-unknown": {
    shownBy: [
      'docker: error during connect: Post "http://docker:2375/v1.24/containers/create": ' +
        "dial tcp: lookup docker on 169.254.169.254:53: no such host.",
      "error during connect: Get http://docker:2375/_ping: dial tcp: lookup docker on " +
        "10.0.0.2:53: server misbehaving",
      "error during connect: dial tcp: lookup docker: Try again",
      'error during connect: Get "http://docker-service:2375/v1.24/containers/json": dial ' +
        "tcp: lookup docker-service on 192.168.65.7:53: no such host",
      "error during connect: Get http://docker:2375/_ping: dial tcp: lookup docker on " +
        "10.0.0.2:53: read udp 172.17.0.3:40917->10.0.0.2:53: i/o timeout",
      [
        "$ docker info",
        "failed to connect to the docker API at tcp://docker:2375: lookup docker on " +
          "127.0.0.11:53: no such host",
      ],
      "failed to connect to the docker API at tcp://dind:2376: lookup dind on 10.0.0.2:53: " +
        "read udp 172.17.0.3:51234->10.0.0.2:53: i/o timeout",
      "NameResolutionError: Failed to resolve 'docker' ([Errno -2] Name or service not known)",
      "java.net.UnknownHostException: docker: Name or service not known",
    ],
    notShownBy: ["dial tcp 172.17.0.3:2375: i/o timeout"],
  },
  "client-without-tls": {
    shownBy: [
      "Error response from daemon: Client sent an HTTP request to an HTTPS server.",
      "error during connect: net/http: HTTP/1.x transport connection broken: malformed HTTP " +
        'response "\\x15\\x03\\x01\\x00\\x02\\x02".',
    ],
    notShownBy: ['malformed HTTP response "220 mail.example.com ESMTP"'],
  },
  "server-without-tls": {
    shownBy: [
      'error during connect: Get "https://docker:2375/v1.47/info": http: server gave HTTP ' +
        "response to HTTPS client",
      'error during connect: Get "https://docker:2375/v1.47/info": tls: first record does ' +
        "not look like a TLS handshake",
    ],
    notShownBy: ["http: server gave HTTP response to HTTPS client"],
  },
  "client-too-old": {
    shownBy: [
      "Error response from daemon: client version 1.41 is too old. Minimum supported API " +
        "version is 1.44, please upgrade your client to a newer version",
    ],
    notShownBy: ["npm warn: client version 8.1 is old"],
  },
  "client-too-new": {
    shownBy: [
      "Error response from daemon: client version 1.52 is too new. Maximum supported API " +
        "version is 1.45",
    ],
    notShownBy: ["client version 1.52"],
  },
  "socket-permission": {
    shownBy: [
      "permission denied while trying to connect to the docker API at " + "unix:///var/run/docker.sock",
      'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/info": dial unix /var/run/docker.sock: ' +
        "connect: permission denied",
      "AFUNIXSocketException: Permission denied (socket: /var/run/docker.sock)",
      "Error while fetching server API version: ('Connection aborted.', PermissionError(13, " +
        "'Permission denied'))",
    ],
    notShownBy: ["cat: /etc/shadow: Permission denied"],
  },
  "socket-is-directory": {
    shownBy: [
      "failed to load listeners: can't create unix socket /var/run/docker.sock: is a " + "directory",
      'error mounting "/var/run/docker.sock" to rootfs at "/var/run/docker.sock": not a ' +
        "directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?",
    ],
    notShownBy: ["cp: /var/run/app is a directory"],
  },
  "bind-mount-missing": {
    shownBy: [
      'error mounting "/builds/team/app/nginx.conf" to rootfs: Are you trying to mount a ' +
        "directory onto a file (or vice-versa)? Check if the specified host path exists",
    ],
    notShownBy: ["mounted /dev/sdb1 onto /mnt"],
  },
  "buildx-tls": {
    shownBy: [
      "ERROR: could not create a builder instance with TLS data loaded from environment. " +
        "Please use `docker context create <context-name>`",
    ],
    notShownBy: ["ERROR: could not create a builder instance"],
  },
};
