import type { LogsOfFailures } from "./logs-of-failures.ts";

const KUBERNETES = 'Preparing the "kubernetes" executor';

export const RESOURCES_LOGS: LogsOfFailures = {
  "shared-memory": {
    shownBy: [
      'ERROR:  could not resize shared memory segment "/PostgreSQL.1804289383" to 8388608 ' +
        "bytes: No space left on device",
      "OSError: /dev/shm/session-7: No space left on device",
    ],
    notShownBy: ["shm_size is 67108864"],
  },
  "file-watchers": {
    shownBy: [
      "Error: ENOSPC: System limit for number of file watchers reached, watch " + "'/builds/team/app'",
      'inotify_add_watch("/builds/team/app"): No space left on device',
      "Error: User limit of inotify instances reached or too many open files",
    ],
    notShownBy: ["watching 214 files with inotify"],
  },
  "node-disk-full": {
    shownBy: [
      [KUBERNETES, "OSError: [Errno 28] No space left on device"],
      [KUBERNETES, "E: You don't have enough free space in /var/cache/apt/archives/."],
    ],
    notShownBy: ["OSError: [Errno 28] No space left on device"],
  },
  "disk-full": {
    shownBy: [
      "failed to register layer: write /usr/lib/libnode.so: no space left on device",
      "OSError: [Errno 28] No space left on device",
      "ERROR: Job failed (system failure): Error response from daemon: mkdir " +
        "/var/lib/docker/overlay2/4f-init: no space left on device",
      "E: You don't have enough free space in /var/cache/apt/archives/.",
    ],
    notShownBy: ["mkdir /sys/fs/cgroup/memory/docker/1a2b: cgroup: no space left on device"],
  },
  "node-heap": {
    shownBy: ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
    notShownBy: ["heap used: 214 MB"],
  },
  "java-heap": {
    shownBy: ["java.lang.OutOfMemoryError: Java heap space"],
    notShownBy: ["java.lang.OutOfMemoryError: unable to create native thread"],
  },
  "out-of-memory": {
    shownBy: [
      "State: exited, reason OOMKilled",
      "[ 812.4] Out of memory: Killed process 4711 (cc1plus)",
      "c++: fatal error: Killed signal terminated program cc1plus",
      "fork: Cannot allocate memory",
    ],
    notShownBy: ['"OOMKilled": false'],
  },
  "port-taken": {
    shownBy: [
      "docker: Error response from daemon: driver failed programming external connectivity " +
        "on endpoint web: Bind for 0.0.0.0:8080 failed: port is already allocated.",
    ],
    notShownBy: ["Error: listen EADDRINUSE: address already in use :::8080"],
  },
  "gpu-missing": {
    shownBy: ['docker: could not select device driver "" with capabilities: [[gpu]].'],
    notShownBy: ["no GPU found, using the CPU"],
  },
  "container-name-taken": {
    shownBy: ['docker: Conflict. The container name "/db" is already in use by container "4f5a".'],
    notShownBy: ['Conflict. The container name "/runner-x-mysql-0" is already in use by container "4f5a".'],
  },
};
