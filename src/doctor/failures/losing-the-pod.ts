import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const EXECUTOR = "https://docs.gitlab.com/runner/executors/kubernetes/";
const MEMORY = `${EXECUTOR}#memory-requests-and-limits`;
const EVICTION = "https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/";
const PROTECT = `${EXECUTOR}#protect-job-pods-from-eviction`;

/** The job's pod, one of its containers, or the connection to it ends while the job runs. */
export const LOSING_THE_POD: readonly Failure[] = [
  {
    id: "pod-evicted",
    symptoms: [
      /\bThe node was low on resource: /i,
      /Pod ephemeral local storage usage exceeds the total limit/i,
      /Usage of EmptyDir volume "[^"]+" exceeds the limit/i,
      /Container \S+ exceeded its local ephemeral storage limit/i,
      /is disrupted: reason "TerminationByKubelet"/,
    ],
    cause:
      "The node evicted the job's pod: it used more disk or memory than its limit, or the node ran out of " +
      "them. The line names which.",
    remedy:
      "Request what the job needs (ephemeral_storage_request, memory_request), so that it is placed on a " +
      "node that has it, and raise the limit if it was that. Large builds need a volume for /builds.",
    source: `${EVICTION}, ${EXECUTOR}#storage-requests-and-limits`,
  },
  {
    id: "pod-preempted",
    symptoms: [/is disrupted: reason "PreemptionByScheduler"/, /Preempted (?:in order to admit|by)/i],
    cause: "The scheduler removed the job's pod to make room for one of a higher priority.",
    remedy: "Set priority_class_name in [runners.kubernetes], or give jobs nodes of their own.",
    source: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
  },
  {
    id: "pod-evicted-by-api",
    symptoms: [/is disrupted: reason "EvictionByEvictionAPI"/],
    cause:
      "Something in the cluster evicted the job's pod: an autoscaler or an administrator that drains its " +
      "node, or a descheduler that moves pods from a node short of memory.",
    remedy:
      "Request the memory that the job needs (memory_request, or its variable " +
      "KUBERNETES_MEMORY_REQUEST), and protect the pod: a PodDisruptionBudget, or the annotation " +
      'cluster-autoscaler.kubernetes.io/safe-to-evict: "false" in pod_annotations. Retry jobs with ' +
      "retry: {when: runner_system_failure}.",
    source: PROTECT,
  },
  {
    id: "pod-drained",
    symptoms: [/is disrupted: reason "(?:DeletionByTaintManager|DeletionByPodGC)"/],
    cause: "The job's node was shut down or lost while the job ran.",
    remedy:
      "Let nodes with jobs end last: a PodDisruptionBudget for the jobs' pods, the annotation " +
      'cluster-autoscaler.kubernetes.io/safe-to-evict: "false" in pod_annotations, no spot instances. ' +
      "Retry jobs with retry: {when: runner_system_failure}.",
    source: PROTECT,
  },
  {
    id: "pod-vanished",
    saidBy: "runner",
    symptoms: [
      /\bpods? "(?:[\w.-]+\/)?runner-[^"]+" (?:not found|is being deleted|is deleted)/i,
      /\bpods? "[^"]+" \(on namespace "[^"]+"\) is not running/i,
    ],
    cause:
      "The job's pod was deleted while the job ran: mostly with its node, by an autoscaler that scales " +
      "down or a spot instance that ends, otherwise by a clean-up.",
    remedy:
      'Set the annotation cluster-autoscaler.kubernetes.io/safe-to-evict: "false" in pod_annotations, run ' +
      "jobs on nodes that do not end early, and check what deletes pods in the namespace. Retry jobs with " +
      "retry: {when: runner_system_failure}.",
    source: PROTECT,
  },
  {
    id: "container-out-of-memory",
    onlyWith: ON_KUBERNETES,
    symptoms: [/\bOOMKilled\b(?!["']?: ?false)/, /(?:index-pack|--shallow-file|fetch-pack) died of signal 9/],
    cause: "A container of the pod used more memory than its limit, and the kernel ended a process in it.",
    remedy:
      "Raise the limit: memory_limit for the job (its variable KUBERNETES_MEMORY_LIMIT, up to " +
      "memory_limit_overwrite_max_allowed), helper_memory_limit for git, caches and artifacts, " +
      "service_memory_limit for services.",
    source: `${MEMORY}, https://gitlab.com/gitlab-org/gitlab-runner/-/issues/29026`,
  },
  {
    id: "container-killed",
    general: true,
    symptoms: [/\bcommand terminated with exit code 137\b/i],
    cause:
      "A process in the job's container got SIGKILL (137 = 128 + 9). Usually the container reached its " +
      "memory limit; or its pod was evicted or deleted.",
    remedy:
      "Look for OOMKilled or Evicted: kubectl get events -n NAMESPACE. Raise memory_limit in " +
      "[runners.kubernetes] or the job's variable KUBERNETES_MEMORY_LIMIT, or start fewer processes at once.",
    source: MEMORY,
  },
  {
    id: "kubelet-certificate",
    symptoms: [/error dialing backend: .*(?:tls: internal error|x509: )/i],
    cause:
      "The kubelet of the job's node has no valid serving certificate. A new node may be waiting for it.",
    remedy:
      "Approve pending requests: kubectl get csr. For new nodes, set the feature flag " +
      "FF_WAIT_FOR_POD_TO_BE_REACHABLE: the runner then waits for it.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/merge_requests/3556",
  },
  {
    id: "kubelet-unreachable",
    symptoms: [/error dialing backend: /i, /No agent available/],
    cause:
      "The Kubernetes API does not reach the kubelet of the job's node: the node is overloaded, is going " +
      "away, or a firewall blocks its port 10250.",
    remedy:
      "Check the node's state at that time (kubectl describe node) and the way from the control plane to " +
      "port 10250, or its tunnel (konnectivity). Leave the kubelet memory and cpu (system-reserved).",
    source: "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/",
  },
  {
    id: "exec-stream-lost",
    saidBy: "runner",
    symptoms: [
      // The Docker executor's own connection ends in the same words.
      /^(?!.*(?:daemon|during connect|\.go:\d+)).*\(system failure\): .*(?:unexpected EOF|broken pipe)/i,
      /^(?!.*(?:daemon|during connect|\.go:\d+)).*\(system failure\): .*(?:reset by peer|websocket: close)/i,
      /error (?:reading from error stream|sending request: (?:Post|Get) .*\/(?:exec|attach)\b)/i,
      /\/(?:exec|attach)\?.*": (?:EOF|unexpected EOF)/i,
      /\(system failure\): .*(?:stream error: stream ID \d+|http2: client connection lost)/i,
    ],
    cause:
      "The connection from the runner to the job's container was lost: the API server, a load balancer in " +
      "front of it, the kubelet or the node ended it.",
    remedy:
      "Raise the idle timeout of the load balancer, and check restarts of API server and node at that " +
      "time. Use the attach strategy (FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY: false): the script " +
      "then survives it.",
    source: `${EXECUTOR}#job-execution`,
  },
  {
    id: "pod-failed",
    general: true,
    symptoms: [/\bpod status is failed\b/i, /\bpod "[^"]+" status is "(?:Failed|Succeeded|Unknown)"/i],
    cause:
      "The job's pod ended before its script did: it was evicted, its node ended, or it passed a deadline.",
    remedy:
      "Look for the reason in the pod's status and events: kubectl get events -n NAMESPACE. Retry jobs " +
      "with retry: {when: runner_system_failure}.",
    source: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase",
  },
];
