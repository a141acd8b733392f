import type { LogsOfFailures } from "./logs-of-failures.ts";

const TIMEOUT =
  "ERROR: Job failed (system failure): prepare environment: waiting for pod running: timed out waiting for " +
  "pod to start";
const RUNS = "Running on runner-t3abcdef-project-7-concurrent-0 via runner-6d5f...";
const EVENT = "WARNING: Event retrieved from the cluster: ";
const KUBERNETES = 'Preparing the "kubernetes" executor';

/** What a scheduler reports of a pod without a node. */
function unschedulable(reason: string): string {
  return `\tUnschedulable: "0/3 nodes are available: ${reason}."`;
}

export const STARTING_THE_POD_LOGS: LogsOfFailures = {
  "pod-volume-unbound": {
    shownBy: [
      [unschedulable("pod has unbound immediate PersistentVolumeClaims"), TIMEOUT],
      [unschedulable("1 node(s) had volume node affinity conflict, 2 Insufficient cpu"), TIMEOUT],
      `${EVENT}0/3 nodes are available: persistentvolumeclaim "cache" not found.`,
    ],
    notShownBy: [[unschedulable("pod has unbound immediate PersistentVolumeClaims"), RUNS]],
  },
  "pod-unschedulable-resources": {
    shownBy: [
      [unschedulable("1 Insufficient memory, 2 node(s) had untolerated taint {ci: true}"), TIMEOUT],
      `${EVENT}0/3 nodes are available: 3 Too many pods.`,
    ],
    notShownBy: [[unschedulable("3 Insufficient cpu"), RUNS]],
  },
  "pod-unschedulable-placement": {
    shownBy: [[unschedulable("3 node(s) didn't match Pod's node affinity/selector"), TIMEOUT]],
    notShownBy: [
      [
        unschedulable("3 node(s) had untolerated taint {ci: true}"),
        "image pull failed: Back-off pulling image",
      ],
    ],
  },
  "pod-volume-not-mounted": {
    shownBy: [
      [`${EVENT}MountVolume.SetUp failed for volume "ca" : secret "gitlab-ca" not found`, TIMEOUT],
      `${EVENT}Unable to attach or mount volumes: unmounted volumes=[ca]: timed out waiting`,
      `${EVENT}Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) runner-x`,
    ],
    notShownBy: [`${EVENT}MountVolume.SetUp failed for volume "kube-api-access-x" : object not registered`],
  },
  "pod-address": {
    shownBy: [
      [`${EVENT}Failed to create pod sandbox: plugin type="aws-cni" failed: failed to assign an IP address`],
    ],
    notShownBy: ["failed to assign an IP address"],
  },
  "pod-sandbox": {
    shownBy: [
      `${EVENT}Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network`,
    ],
    notShownBy: ["Error: failed to create sandbox"],
  },
  "user-namespaces-unsupported": {
    shownBy: [`${EVENT}pod sandbox creation failed: the runtime does not support user namespaces`],
    notShownBy: ["user namespaces: supported"],
  },
  "container-must-not-be-root": {
    shownBy: [
      "container configuration error: container has runAsNonRoot and image will run as root",
      "container configuration error: container has runAsNonRoot and image has non-numeric user (app)",
    ],
    notShownBy: ["image will run as root"],
  },
  "container-configuration": {
    shownBy: [
      'container configuration error: secret "database" not found',
      `${EVENT}Error: configmap "settings" not found`,
      "container configuration error: couldn't find key password in Secret ci/database",
    ],
    notShownBy: ['Error: secret "database" not found'],
  },
  "container-crashes": {
    shownBy: [
      "ERROR: Job failed (system failure): prepare environment: waiting for pod running: container " +
        '"svc-0" is in CrashLoopBackOff: back-off 10s restarting failed container',
    ],
    notShownBy: ["app 0/1 CrashLoopBackOff 3 2m"],
  },
  "container-gone-before-script": {
    shownBy: [
      'ERROR: Job failed (system failure): unable to upgrade connection: container not found ("build")',
      'ERROR: Job failed (system failure): unable to upgrade connection: container not found ("helper")',
    ],
    notShownBy: ["container not found"],
  },
  "init-container-failed": {
    shownBy: [
      "WARNING: init container init-permissions failed",
      "Error in container init-permissions: exit code: 1, reason: 'Error'",
      'container "init-permissions" terminated with non-zero status: 1',
    ],
    notShownBy: ['\tContainersNotInitialized: "containers with incomplete status: [init-permissions]"'],
  },
  "pod-start-timeout": {
    shownBy: [
      ['\tContainersNotReady: "containers with unready status: [build helper]"', TIMEOUT],
      "ERROR: Job failed (system failure): prepare environment: timed out waiting for pod to become " +
        "attachable",
    ],
    notShownBy: [[unschedulable("3 Insufficient cpu"), TIMEOUT]],
  },
  "port-taken-in-pod": {
    shownBy: [
      [KUBERNETES, "Error: listen EADDRINUSE: :::6379"],
      [KUBERNETES, "Could not create server TCP listening socket *:6379: bind: Address already in use"],
      [KUBERNETES, "OSError: [Errno 98] Address already in use"],
    ],
    notShownBy: ["Error: listen EADDRINUSE: address already in use :::8080"],
  },
};
