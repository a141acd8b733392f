import type { LogsOfFailures } from "./logs-of-failures.ts";

const SYSTEM_FAILURE = "ERROR: Job failed (system failure): ";
const POD = "ci/runner-t3abcdef-project-7-concurrent-0-x1y2z3";
const EVENT = "WARNING: Event retrieved from the cluster: ";
const KUBERNETES = 'Preparing the "kubernetes" executor';

export const LOSING_THE_POD_LOGS: LogsOfFailures = {
  "pod-evicted": {
    shownBy: [
      `${EVENT}The node was low on resource: ephemeral-storage. Container build was using 12Gi`,
      `${EVENT}Pod ephemeral local storage usage exceeds the total limit of containers 10Gi.`,
      `${EVENT}Usage of EmptyDir volume "repo" exceeds the limit "5Gi".`,
      `${EVENT}Container build exceeded its local ephemeral storage limit "10Gi".`,
      `${SYSTEM_FAILURE}pod "${POD}" is disrupted: reason "TerminationByKubelet", message "low on memory"`,
    ],
    notShownBy: ["The cache evicted 12 entries"],
  },
  "pod-preempted": {
    shownBy: [
      `${SYSTEM_FAILURE}pod "${POD}" is disrupted: reason "PreemptionByScheduler", message ""`,
      `${EVENT}Preempted by pod 5f2 on node n1`,
    ],
    notShownBy: ["No preemption victims found for incoming pod"],
  },
  "pod-evicted-by-api": {
    shownBy: [`${SYSTEM_FAILURE}pod "${POD}" is disrupted: reason "EvictionByEvictionAPI", message ""`],
    notShownBy: ["evicting"],
  },
  "pod-drained": {
    shownBy: [`${SYSTEM_FAILURE}pod "${POD}" is disrupted: reason "DeletionByTaintManager", message ""`],
    notShownBy: ["the queue is drained"],
  },
  "pod-vanished": {
    shownBy: [
      `${SYSTEM_FAILURE}pods "runner-t3abcdef-project-7-concurrent-0-x1y2z3" not found`,
      `${SYSTEM_FAILURE}pod "${POD}" is being deleted`,
      `${SYSTEM_FAILURE}pod "runner-x" (on namespace "ci") is not running and cannot execute commands`,
    ],
    notShownBy: ['Error from server (NotFound): pods "app-5f4d" not found'],
  },
  "container-out-of-memory": {
    shownBy: [
      [KUBERNETES, "Error in container build: exit code: 137, reason: 'OOMKilled'"],
      [KUBERNETES, "error: --shallow-file died of signal 9"],
    ],
    notShownBy: [[KUBERNETES, '"OOMKilled": false']],
  },
  "container-killed": {
    shownBy: ["ERROR: Job failed: command terminated with exit code 137"],
    notShownBy: ["ERROR: Job failed: command terminated with exit code 1"],
  },
  "kubelet-certificate": {
    shownBy: [`${SYSTEM_FAILURE}error dialing backend: remote error: tls: internal error`],
    notShownBy: ["remote error: tls: internal error"],
  },
  "kubelet-unreachable": {
    shownBy: [
      `${SYSTEM_FAILURE}error dialing backend: dial tcp 10.0.0.7:10250: i/o timeout`,
      `${SYSTEM_FAILURE}prepare environment: Internal error occurred: No agent available`,
    ],
    notShownBy: ["dial tcp 10.0.0.7:8080: i/o timeout"],
  },
  "exec-stream-lost": {
    shownBy: [
      `${SYSTEM_FAILURE}unexpected EOF`,
      `${SYSTEM_FAILURE}read tcp 10.0.0.2:4711->10.0.0.3:6443: read: connection reset by peer`,
      `${SYSTEM_FAILURE}error reading from error stream: websocket: close 1006 (abnormal closure)`,
      `${SYSTEM_FAILURE}Post "https://10.0.0.1/api/v1/namespaces/ci/pods/x/attach?container=build": EOF`,
      `${SYSTEM_FAILURE}stream error: stream ID 5; INTERNAL_ERROR`,
    ],
    notShownBy: [
      `${SYSTEM_FAILURE}error during connect: Post "http://engine:2375/v1.44/exec/x/start": unexpected EOF`,
      "npm ERR! unexpected EOF",
    ],
  },
  "pod-failed": {
    shownBy: [
      `${SYSTEM_FAILURE}prepare environment: waiting for pod running: pod status is failed`,
      `${SYSTEM_FAILURE}pod "runner-x" status is "Failed"`,
    ],
    notShownBy: ["the status is failed"],
  },
};
