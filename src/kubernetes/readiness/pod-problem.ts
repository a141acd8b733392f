import type {
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
  Event,
  Pod,
} from "kubernetes-types/core/v1.js";
import { lastEnd } from "./object-status.ts";

/** Why a pod does not become ready. */
export interface PodProblem {
  /** Absent: it was not ready at the end of its time. */
  readonly reason?: string | undefined;
  /** Absent for a pod that could not be created. */
  readonly pod?: string | undefined;
  /** The container that ran, whose output may explain it. */
  readonly container?: string | undefined;
}

/**
 * What is wrong with a pod that is not ready; undefined if nothing is so far.
 * @param events about this pod
 */
export function podProblem({ metadata, status }: Pod, events: readonly Event[]): PodProblem | undefined {
  const pod = metadata?.name ?? "";
  const { phase, reason, message = "", containerStatuses = [], initContainerStatuses = [] } = status ?? {};
  if (phase === "Failed" && reason !== undefined) {
    const cause = reason === "Evicted" ? "evicted" : reason;
    return { pod, reason: `${cause}: ${message.trim()}`, container: containerStatuses[0]?.name };
  }
  for (const container of initContainerStatuses) {
    const problem = containerProblem(container, events);
    if (problem !== undefined && container.state?.terminated?.exitCode !== 0)
      return { ...problem, pod, reason: `its init container ${container.name}: ${problem.reason}` };
  }
  for (const container of containerStatuses) {
    const problem = containerProblem(container, events);
    if (problem !== undefined) return { ...problem, pod };
  }
  return undefined;
}

function containerProblem(
  container: ContainerStatus,
  events: readonly Event[],
): Omit<PodProblem, "pod"> | undefined {
  const { name, image, state } = container;
  const ended = lastEnd(container);
  if (ended !== undefined) {
    // The kubelet ends a container whose startup probe has failed for all its time.
    const isOverdue = events.some(({ message }) => /failed startup probe/.test(message ?? ""));
    return { container: name, ...(!isOverdue && { reason: endOf(ended) }) };
  }
  const reason = state?.waiting && waitingReason(state.waiting, image);
  return reason === undefined ? undefined : { reason };
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

function waitingReason(
  { reason = "", message = reason }: ContainerStateWaiting,
  image: string,
): string | undefined {
  if (PULL_ERRORS.includes(reason)) return `its image ${image} cannot be pulled: ${pullError(message)}`;
  if (START_ERRORS.includes(reason)) return `cannot be started: ${message}`;
  return undefined;
}

/** The runtime's own reason, without what the kubelet and the runtime's client put before it. */
function pullError(message: string): string {
  return message
    .replace(/^Back-off pulling image "[^"]*": \w+: /, "")
    .replace(/^rpc error: code = \w+ desc = /, "")
    .replace(/^failed to pull and unpack image "[^"]*": /, "")
    .replace(/^failed to resolve (?:reference|image) "[^"]*": /, "");
}
