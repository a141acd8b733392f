import type {
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
  Event,
  Pod,
} from "kubernetes-types/core/v1.js";
import { lastEnd, ownContainer } from "./object-status.ts";

/** Why a pod does not become ready. */
export interface PodProblem {
  /** Absent: it was not ready at the end of its time. */
  readonly reason?: string | undefined;
  /** Absent for a pod that could not be created. */
  readonly pod?: string | undefined;
  /** The container that ran, whose output may explain it. */
  readonly container?: string | undefined;
  /** Milliseconds within which the cause may pass by itself. Absent if it does not. */
  readonly passesWithin?: number;
}

/**
 * What is wrong with a pod that is not ready; undefined if nothing is so far.
 * @param events about this pod
 */
export function podProblem(found: Pod, events: readonly Event[]): PodProblem | undefined {
  const { metadata, status } = found;
  const own = ownContainer(found);
  const pod = metadata?.name ?? "";
  const { phase, reason, message = "", containerStatuses = [], initContainerStatuses = [] } = status ?? {};
  if (phase === "Failed" && reason !== undefined) {
    const cause = reason === "Evicted" ? "evicted" : reason;
    return { pod, reason: `${cause}: ${message.trim()}`, container: own?.name };
  }
  for (const container of initContainerStatuses) {
    const problem = containerProblem(container, events);
    if (problem !== undefined && container.state?.terminated?.exitCode !== 0)
      return { ...problem, pod, reason: `its init container ${container.name}: ${problem.reason}` };
  }
  const problem = own && containerProblem(own, events);
  if (problem !== undefined) return { ...problem, pod };
  // One that an admission controller added may end without harm.
  for (const container of containerStatuses) {
    const waiting = waitingProblem(container, events);
    if (waiting !== undefined)
      return { ...waiting, pod, reason: `its container ${container.name}: ${waiting.reason}` };
  }
  return undefined;
}

function containerProblem(
  container: ContainerStatus,
  events: readonly Event[],
): Omit<PodProblem, "pod"> | undefined {
  const { name } = container;
  const ended = lastEnd(container);
  if (ended !== undefined) {
    // The kubelet ends a container whose startup probe has failed for all its time.
    const isOverdue = events.some(({ message }) => /failed startup probe/.test(message ?? ""));
    return { container: name, ...(!isOverdue && { reason: endOf(ended) }) };
  }
  return waitingProblem(container, events);
}

function endOf({ reason, exitCode, message }: ContainerStateTerminated): string {
  if (reason === "StartError" || reason === "ContainerCannotRun") return `cannot be started: ${message}`;
  if (reason === "OOMKilled") return `ended with exit code ${exitCode}, out of memory: raise limits.memory`;
  return `ended with exit code ${exitCode}`;
}

/** https://github.com/kubernetes/kubernetes/blob/v1.33.3/pkg/kubelet/images/types.go */
const PULL_ERRORS: readonly string[] = [
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "ImageInspectError",
  "InvalidImageName",
  "RegistryUnavailable",
  "SignatureValidationFailed",
];

/** https://github.com/kubernetes/kubernetes/blob/v1.33.3/pkg/kubelet/kuberuntime/kuberuntime_container.go */
const START_ERRORS: readonly string[] = [
  "CreateContainerConfigError",
  "CreateContainerError",
  "PreCreateHookError",
  "PreStartHookError",
  "PostStartHookError",
  "RunContainerError",
];

/** Milliseconds for a pull Secret that a controller brings late, and for a registry that is busy. */
const PULLED_WITHIN = 30_000;

/** What no other try can change: an illegal name, and an image that a registry says it does not have. */
const LASTING = /^(?:ErrImageNeverPull|InvalidImageName)$/;
const NO_SUCH_IMAGE = /: not found$/;

function waitingProblem(
  { image, state }: ContainerStatus,
  events: readonly Event[],
): Omit<PodProblem, "pod"> | undefined {
  const { reason = "", message = reason }: ContainerStateWaiting = state?.waiting ?? {};
  if (START_ERRORS.includes(reason)) return { reason: `cannot be started: ${message}` };
  if (!PULL_ERRORS.includes(reason)) return undefined;
  const missing = missingSecret(events);
  const isLasting = LASTING.test(reason) || (missing === "" && NO_SUCH_IMAGE.test(message));
  return {
    reason: `its image ${image} cannot be pulled: ${pullError(message)}${missing}`,
    ...(!isLasting && { passesWithin: PULLED_WITHIN }),
  };
}

/** Names the pull Secrets that a pod refers to and that the kubelet did not find. */
function missingSecret(events: readonly Event[]): string {
  const found = events.findLast(({ reason }) => reason === "FailedToRetrieveImagePullSecret");
  const [, names] = /\(([^)]+)\)/.exec(found?.message ?? "") ?? [];
  return names === undefined
    ? ""
    : `; its namespace had no Secret ${names}: have the cluster put it into each new namespace`;
}

/** The runtime's own reason, without what the kubelet and the runtime's client put before it. */
function pullError(message: string): string {
  return message
    .replace(/^Back-off pulling image "[^"]*": \w+: /, "")
    .replace(/^rpc error: code = \w+ desc = /, "")
    .replace(/^failed to pull and unpack image "[^"]*": /, "")
    .replace(/^failed to resolve (?:reference|image) "[^"]*": /, "");
}
