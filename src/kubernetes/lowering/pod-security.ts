import type { PlannedContainer, PlannedJob } from "../../model/plan/plan.ts";
import type { Pod, PodContainer } from "./manifest.ts";

/**
 * The filter of system calls that Docker has by default, and a group by which a numeric user writes to its
 * volumes.
 */
export function podSecurity(container: PlannedContainer & Partial<PlannedJob>): Pick<Pod, "securityContext"> {
  const { privileged, user, mounts, userNamespaces = false } = container;
  const { runAsUser: fsGroup } = numericUser(user) ?? {};
  const securityContext = {
    ...(!privileged && !userNamespaces && { seccompProfile: { type: "RuntimeDefault" } }),
    ...(fsGroup !== undefined && mounts.length > 0 && { fsGroup }),
  };
  return Object.keys(securityContext).length > 0 ? { securityContext } : {};
}

/** The privilege and the user of a container, where they are not the image's. */
export function containerSecurity({
  privileged,
  user,
}: PlannedContainer): Pick<PodContainer, "securityContext"> {
  const numeric = numericUser(user);
  if (!privileged && numeric === undefined) return {};
  return { securityContext: { ...(privileged && { privileged }), ...numeric } };
}

/** The user and group of `"1000"` or `"1000:1000"`. Undefined for names, which only an image knows. */
export function numericUser(
  user: string | undefined,
): { readonly runAsUser: number; readonly runAsGroup?: number } | undefined {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  if (uid === undefined) return undefined;
  return { runAsUser: Number(uid), ...(gid !== undefined && { runAsGroup: Number(gid) }) };
}
