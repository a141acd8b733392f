import type { ContainerState, Pod } from "kubernetes-types/core/v1.js";

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
