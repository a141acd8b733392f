import type { PlannedContainer, PlannedJob } from "../../model/plan/plan.ts";
import type { ContainerSecurity, Pod } from "./manifest.ts";

/**
 * The filter of system calls that Docker has by default, and a group by which a numeric user writes to its
 * volumes.
 */
export function podSecurity({
  privileged,
  user,
  mounts,
  userNamespaces = false,
}: PlannedContainer & Partial<PlannedJob>): Pick<Pod, "securityContext"> {
  const { uid } = numericUser(user) ?? {};
  const securityContext = {
    ...(!privileged && !userNamespaces && { seccompProfile: { type: "RuntimeDefault" } }),
    ...(uid !== undefined && mounts.length > 0 && { fsGroup: uid }),
  };
  return Object.keys(securityContext).length > 0 ? { securityContext } : {};
}

/** The privilege and the user of a container, or undefined where both are the image's. */
export function containerSecurity({ privileged, user }: PlannedContainer): ContainerSecurity | undefined {
  const numeric = numericUser(user);
  if (!privileged && numeric === undefined) return undefined;
  return {
    ...(privileged && { privileged }),
    ...(numeric && {
      runAsUser: numeric.uid,
      ...(numeric.gid !== undefined && { runAsGroup: numeric.gid }),
    }),
  };
}

/** The user and group of `"1000"` or `"1000:1000"`. Undefined for names, which only an image knows. */
export function numericUser(
  user: string | undefined,
): { readonly uid: number; readonly gid?: number } | undefined {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  if (uid === undefined) return undefined;
  return { uid: Number(uid), ...(gid !== undefined && { gid: Number(gid) }) };
}
