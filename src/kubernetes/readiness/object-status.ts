import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
} from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import { JOB_CONTAINER } from "../lowering/job-run.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";

/** The condition of a type, if the object meets it. */
export function metCondition<Condition extends { readonly type: string; readonly status: string }>(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined {
  return object?.status?.conditions?.find((one) => one.type === type && one.status === "True");
}

/** The container of a service or job in its pod. Admission controllers add others, listed in any order. */
export function ownContainer(pod: Pod | undefined): ContainerStatus | undefined {
  const own = pod?.metadata?.labels?.[LABEL.kind] === "job" ? JOB_CONTAINER : SERVICE_CONTAINER;
  return pod?.status?.containerStatuses?.find(({ name }) => name === own);
}

/** The state of the container of a service or job. */
export function containerState(pod: Pod | undefined): ContainerState | undefined {
  return ownContainer(pod)?.state;
}

/** The last end of a container, also if it runs again. */
export function lastEnd({ state, lastState }: ContainerStatus): ContainerStateTerminated | undefined {
  return state?.terminated ?? lastState?.terminated;
}
