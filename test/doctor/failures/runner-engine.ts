import type { LogsOfFailures } from "./logs-of-failures.ts";

export const RUNNER_ENGINE_LOGS: LogsOfFailures = {
  "runner-engine-permission": {
    shownBy: [
      "ERROR: Preparation failed: permission denied while trying to connect to the Docker " +
        "daemon socket at unix:///var/run/docker.sock",
      'ERROR: Preparation failed: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.44/info": dial ' +
        "unix /var/run/docker.sock: connect: permission denied (docker.go:960:0s)",
    ],
    notShownBy: [
      "permission denied while trying to connect to the Docker daemon socket at " +
        "unix:///var/run/docker.sock",
    ],
  },
  "runner-api-version": {
    shownBy: [
      "ERROR: Preparation failed: Error response from daemon: client version 1.24 is too " +
        "old. Minimum supported API version is 1.40",
    ],
    notShownBy: [
      "Error response from daemon: client version 1.24 is too old. Minimum supported API " +
        "version is 1.40",
    ],
  },
  "runner-engine-unreachable": {
    shownBy: [
      "ERROR: Preparation failed: Cannot connect to the Docker daemon at " +
        "unix:///var/run/docker.sock. Is the docker daemon running? (docker.go:960:0s)",
      "ERROR: Preparation failed: Cannot connect to the Docker daemon at tcp://engine:2376. " +
        "Is the docker daemon running?",
      "ERROR: Job failed (system failure): failed to connect to the docker API at " +
        "unix:///var/run/docker.sock; check if the path is correct",
      "ERROR: Preparation failed: error during connect: Get " + '"https://10.0.0.5:2376/v1.44/info": EOF',
      "ERROR: Preparation failed: dial unix /var/run/docker.sock: connect: no such file or " + "directory",
    ],
    notShownBy: [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker " +
        "daemon running?",
    ],
  },
  "docker-machine": {
    shownBy: [
      [
        'Preparing the "docker+machine" executor',
        "ERROR: Preparation failed: exit status 1",
        "Will be retried in 3s ...",
        "ERROR: Job failed (system failure): exit status 1",
      ],
      ['Preparing the "docker+machine" executor', "ERROR: Preparation failed: can't connect"],
    ],
    notShownBy: ["ERROR: Preparation failed: exit status 1"],
  },
  "container-vanished": {
    shownBy: [
      "ERROR: Job failed (system failure): Error response from daemon: No such container: " +
        "0123456789abcdef0123 (exec.go:78:1s)",
    ],
    notShownBy: ["Error response from daemon: No such container: 0123456789abcdef0123"],
  },
  "shell-profile": {
    shownBy: [
      "ERROR: Job failed: prepare environment: exit status 1. Check " +
        "https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information",
    ],
    notShownBy: ["ERROR: Job failed: prepare environment: exit code 1"],
  },
  "runner-stopped": {
    shownBy: [
      "ERROR: Job failed (system failure): aborted: terminated",
      "ERROR: Job failed (system failure): aborted: interrupt",
    ],
    notShownBy: ["ERROR: Job failed: canceled"],
  },
  "runner-directory-gone": {
    shownBy: ["ERROR: Preparation failed: Getwd: getwd: no such file or directory"],
    notShownBy: ["sh: 0: getcwd() failed: No such file or directory"],
  },
  "service-container-ended": {
    shownBy: [
      "ERROR: Job failed (system failure): Error response from daemon: Cannot link to a non running " +
        "container: /runner-x-mysql-0 AS /runner-x-predefined/mysql",
    ],
    notShownBy: ["docker: Error response from daemon: Cannot link to a non running container: /a AS /b"],
  },
  "permission-container": {
    shownBy: [
      "ERROR: Job failed: adding cache volume: set volume permissions: running permission container " +
        '"35e3" for volume "cache": waiting for permission container to finish: exit code 127',
    ],
    notShownBy: ["the container has no permission: exit code 1"],
  },
  "autoscaler-instance": {
    shownBy: ["ERROR: Preparation failed: unable to acquire instance: context deadline exceeded"],
    notShownBy: ["unable to acquire instance lock"],
  },
  "network-vanished": {
    shownBy: [
      "ERROR: Job failed (system failure): Error response from daemon: network 4f5a6b7c8d9e not found",
    ],
    notShownBy: ["Error response from daemon: network tests not found"],
  },
  "windows-version": {
    shownBy: ["The container operating system does not match the host operating system."],
    notShownBy: ["Operating system: windows"],
  },
};
