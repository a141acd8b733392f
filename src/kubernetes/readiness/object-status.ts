import type { ContainerState, Pod } from "kubernetes-types/core/v1.js";

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** An object whose status has conditions. */
interface Conditioned<Kind extends Condition> {
  readonly status?: { readonly conditions?: readonly Kind[] };
}

/** The condition of a type, if the object meets it. */
export function metCondition<Kind extends Condition>(
  object: Conditioned<Kind> | undefined,
  type: string,
): Kind | undefined {
  return object?.status?.conditions?.find((one) => one.type === type && one.status === "True");
}

/** The state of a pod's own container, of which our pods have one. */
export function containerState(pod: Pod | undefined): ContainerState | undefined {
  return pod?.status?.containerStatuses?.[0]?.state;
}
