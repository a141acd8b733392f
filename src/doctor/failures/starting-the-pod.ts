import type { Failure } from "../failure.ts";
import { ON_KUBERNETES, POD_RUNS } from "./on-kubernetes.ts";

const EXECUTOR = "https://docs.gitlab.com/runner/executors/kubernetes/";
const SCHEDULING = "https://kubernetes.io/docs/concepts/scheduling-eviction/";

/** Nodes pull images only for pods that have been scheduled. */
const POD_SCHEDULED = new RegExp(`${POD_RUNS.source}|image pull failed`);

/** The scheduler's reasons: a condition of the pod, or an event. */
function notScheduled(reason: string): RegExp {
  return new RegExp(`(?:Unschedulable: |\\bnodes are available: ).*(?:${reason})`, "i");
}

/** Kubernetes accepts the job's pod and cannot start it. */
export const STARTING_THE_POD: readonly Failure[] = [
  {
    id: "pod-volume-unbound",
    general: true,
    symptoms: [
      notScheduled('unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]+" not found'),
      notScheduled("volume node affinity conflict|PersistentVolume's node affinity|max volume count"),
    ],
    neverWith: POD_SCHEDULED,
    cause:
      "A PersistentVolumeClaim of the job's pod does not exist, is not bound, or its volume is at another " +
      "node or zone.",
    remedy:
      "Check the claims that [[runners.kubernetes.volumes.pvc]] names: kubectl get pvc -n NAMESPACE. " +
      "Jobs on several nodes need ReadWriteMany.",
    source: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
  },
  {
    id: "pod-unschedulable-resources",
    general: true,
    symptoms: [notScheduled("Insufficient [\\w.\\/-]+|Too many pods")],
    neverWith: POD_SCHEDULED,
    cause: "No node has room for the job's pod: its requests are larger than what any of them has free.",
    remedy:
      "Add nodes or larger ones, run fewer jobs at once (`concurrent`), or lower the requests in " +
      "[runners.kubernetes]. If an autoscaler adds the node, raise poll_timeout (180 seconds by default).",
    source: `${SCHEDULING}, ${EXECUTOR}#other-configtoml-settings`,
  },
  {
    id: "pod-unschedulable-placement",
    general: true,
    symptoms: [notScheduled("taint|affinity|selector|were unschedulable")],
    neverWith: POD_SCHEDULED,
    cause: "No node may take the job's pod: taints, or its node selector or affinity, exclude each of them.",
    remedy:
      "Compare node_selector and node_tolerations in [runners.kubernetes] with the labels and taints of " +
      "the nodes: kubectl describe nodes.",
    source: `${EXECUTOR}#specify-the-node-to-execute-builds`,
  },
  {
    id: "pod-volume-not-mounted",
    general: true,
    symptoms: [
      /MountVolume\.\w+ failed for volume "(?!kube-api-access)[^"]+"/i,
      /Unable to attach or mount volumes/i,
      /Multi-Attach error for volume/i,
    ],
    neverWith: POD_RUNS,
    cause: "The node cannot mount a volume of the job's pod. The line names it, and mostly the reason.",
    remedy:
      "Check that the Secret, ConfigMap or claim exists in the namespace of the jobs. A ReadWriteOnce " +
      "volume is on one node at a time.",
    source: `${EXECUTOR}#configure-volume-types`,
  },
  {
    id: "pod-address",
    general: true,
    symptoms: [
      /Failed to create pod sandbox.*(?:assign an IP|no (?:available|more) IP|IP addresses available)/i,
    ],
    neverWith: POD_RUNS,
    cause: "The node has no free address for the pod.",
    remedy:
      "Enlarge the pod network or the cloud's subnet, or allow more addresses a node; or run fewer jobs " +
      "at once.",
    source: "https://kubernetes.io/docs/concepts/cluster-administration/networking/",
  },
  {
    id: "pod-sandbox",
    general: true,
    symptoms: [/Failed to create pod sandbox: /i],
    neverWith: POD_RUNS,
    cause: "The node cannot create the pod's sandbox. The end of the line is its container runtime's reason.",
    remedy:
      "Check the node's network plug-in and container runtime; cordon the node if only pods on it fail.",
    source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
  },
  {
    id: "user-namespaces-unsupported",
    symptoms: [/(?:does not support user namespaces|user namespaces? (?:is|are) not supported)/i],
    onlyWith: /sandbox|pod/i,
    cause: "The node does not support user namespaces for pods (hostUsers: false).",
    remedy: "Use nodes with Linux 6.3, containerd 2.0 and runc 1.2 or newer, or remove the setting.",
    source: `${EXECUTOR}#user-namespaces`,
  },
  {
    id: "container-must-not-be-root",
    symptoms: [/container has runAsNonRoot and image (?:will run as root|has non-numeric user)/i],
    cause: "The pod must not run as root (run_as_non_root), and the image's user is root or only a name.",
    remedy:
      "Set run_as_user in the security context of that container in [runners.kubernetes] to a number, or " +
      "use an image whose USER is a number.",
    source: `${EXECUTOR}#set-a-security-policy-for-the-pod`,
  },
  {
    id: "container-configuration",
    symptoms: [
      /container configuration error: (?:secret|configmap) "[^"]+" not found/i,
      /Event retrieved from the cluster: Error: (?:secret|configmap) "[^"]+" not found/i,
      /couldn't find key \S+ in (?:Secret|ConfigMap) /i,
    ],
    cause: "A container of the pod takes a variable from a Secret or ConfigMap that does not exist.",
    remedy: "Create it in the namespace of the jobs, or correct pod_spec in [runners.kubernetes].",
    source: "https://kubernetes.io/docs/concepts/configuration/secret/",
  },
  {
    id: "container-crashes",
    symptoms: [/container "[^"]+" is in CrashLoopBackOff/i],
    cause: "A container of the pod ends right after its start, each time. The line names it.",
    remedy:
      "Read its log: kubectl logs POD -c CONTAINER. For a service, set the variables it needs; for build " +
      "or helper, check the image's architecture and entrypoint.",
    source: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states",
  },
  {
    id: "container-gone-before-script",
    general: true,
    symptoms: [/unable to upgrade connection: container not found \("[\w-]+"\)/i],
    neverWith: /\bexec format error/i,
    cause:
      "The named container had ended when the runner connected to it. Mostly its image has no shell, or an " +
      "entrypoint that does not run the command given to it; or it is built for another architecture than " +
      "the node's.",
    remedy:
      "For build, use an image with a shell, such as the variant `debug` of kaniko, for the node's " +
      "architecture. For helper, set helper_image to the node's architecture, or node_selector.",
    source:
      "https://github.com/GoogleContainerTools/kaniko/issues/430, " +
      "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/27421",
  },
  {
    id: "init-container-failed",
    general: true,
    symptoms: [
      /\binit container\b.*\b(?:failed|terminated|exit code)/i,
      /Error in container init-[\w-]+: exit code: [1-9]/i,
      /container "init-[\w-]+" terminated with non-zero status/i,
    ],
    cause: "An init container of the job's pod failed, so neither build nor helper started.",
    remedy:
      "Read its log: kubectl logs POD -c init-permissions. It runs the helper's image: check its " +
      "architecture, and init_permissions_container_security_context.",
    source: `${EXECUTOR}#set-a-security-policy-for-the-container`,
  },
  {
    id: "pod-start-timeout",
    general: true,
    symptoms: [/timed out waiting for pod to (?:start|become attachable)/i],
    neverWith:
      /Unschedulable: |nodes are available: |MountVolume|or mount volumes|Multi-Attach|pod sandbox|upgrade c/,
    cause:
      "Kubernetes did not start the job's pod within poll_timeout, 180 seconds by default. Mostly the pod " +
      "waits for a node with room, or the node for an image.",
    remedy:
      "Look at the pod's events while a job waits: kubectl describe pod -n NAMESPACE. If an autoscaler " +
      "or a large image needs longer, raise poll_timeout in [runners.kubernetes].",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/troubleshooting/",
  },
  {
    id: "port-taken-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: [/\bEADDRINUSE\b/, /\bbind\b.*address already in use/i, /Address already in use/i],
    cause:
      "Another process of the pod listens on this port: the job and all its services share the pod's " +
      "network.",
    remedy: "Give one of them another port. Two services of one port cannot run in one job here.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/",
  },
];
