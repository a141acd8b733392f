import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
} from "kubernetes-types/core/v1.js";

/** The condition of a type, if the object meets it. */
export function metCondition<Condition extends { readonly type: string; readonly status: string }>(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined {
  return object?.status?.conditions?.find((one) => one.type === type && one.status === "True");
}

/** The state of a pod's own container, of which our pods have one. */
export function containerState(pod: Pod | undefined): ContainerState | undefined {
  return pod?.status?.containerStatuses?.[0]?.state;
}

/** The last end of a container, also if it runs again. */
export function lastEnd({ state, lastState }: ContainerStatus): ContainerStateTerminated | undefined {
  return state?.terminated ?? lastState?.terminated;
}
