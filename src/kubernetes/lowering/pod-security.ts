import { isLostLimit } from "../../losses/lost-privileges.ts";
import { type NothingBut, nothingLeft } from "../../model/nothing-left.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import type { Pod, PodContainer } from "./manifest.ts";

/** What decides the security of a pod and its container. */
type Security = Pick<
  PlannedContainer,
  "privileged" | "user" | "capAdd" | "capDrop" | "sysctls" | "noNewPrivileges" | "pidsLimit"
>;

/** What a pod has to do with other than a container's own security. */
interface PodUse {
  readonly mounts: PlannedContainer["mounts"];
  /** Whether it creates user namespaces. */
  readonly userNamespaces: boolean;
}

/**
 * The security of a pod and of its container. The pod has the filter of system calls that Docker has by
 * default, and a group by which a numeric user writes to its volumes. A container with a numeric user meets
 * the level `restricted` of Pod Security: without root, no process of it can use a capability.
 */
export function podSecurity<Rest extends Security>(
  security: NothingBut<Rest, Security>,
  { mounts, userNamespaces }: PodUse,
): { readonly pod: Pick<Pod, "securityContext">; readonly container: Pick<PodContainer, "securityContext"> } {
  const { privileged, user, capAdd, capDrop, sysctls = {}, noNewPrivileges, ...others }: Security = security;
  const { pidsLimit: _pidsLimit, ...rest } = others;
  nothingLeft(rest);
  const numeric = numericUser(user);
  const safe = Object.entries(sysctls).filter(([name]) => SAFE_SYSCTLS.includes(name));
  const fsGroup = numeric?.runAsUser;
  // A program that gains privileges, such as sudo, needs the capabilities.
  const isRestricted = noNewPrivileges && numeric !== undefined && numeric.runAsUser !== 0;
  const drop = isRestricted ? ["ALL"] : capDrop;
  return {
    pod: securityContext({
      ...(!privileged && !userNamespaces && { seccompProfile: { type: "RuntimeDefault" } }),
      // Once is enough: some servers refuse a data folder that a group may write.
      ...(fsGroup !== undefined && mounts.length > 0 && { fsGroup, fsGroupChangePolicy: "OnRootMismatch" }),
      ...(safe.length > 0 && { sysctls: safe.map(([name, value]) => ({ name, value })) }),
    }),
    container: securityContext({
      ...(privileged && { privileged }),
      ...(noNewPrivileges && { allowPrivilegeEscalation: false }),
      ...numeric,
      ...(isRestricted && { runAsNonRoot: true }),
      ...((capAdd || drop) && { capabilities: { ...(capAdd && { add: capAdd }), ...(drop && { drop }) } }),
    }),
  };
}

/**
 * The security of a container that needs no privilege.
 * @param user of the container that it helps, which owns what it writes. @default its image's
 */
export function unprivileged({
  user,
}: Pick<PlannedContainer, "user">): Required<Pick<PodContainer, "securityContext">> {
  const numeric = numericUser(user);
  return {
    securityContext: {
      ...numeric,
      ...(numeric !== undefined && numeric.runAsUser !== 0 && { runAsNonRoot: true }),
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/**
 * The security of a container that reads what another one has written, whoever owns it there.
 * @param user of the other one
 */
export function readsAll(
  helped: Pick<PlannedContainer, "user">,
): Required<Pick<PodContainer, "securityContext">> {
  const { securityContext: security } = unprivileged(helped);
  if (security.runAsNonRoot === true) return { securityContext: security };
  // Root without it reads no files that other users keep to themselves.
  return { securityContext: { ...security, capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE"] } } };
}

function securityContext<Context extends object>(context: Context): { securityContext?: Context } {
  return Object.keys(context).length > 0 ? { securityContext: context } : {};
}

/**
 * The parameters that a node lets every pod set, since version 1.29:
 * https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
 */
const SAFE_SYSCTLS: readonly string[] = [
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_syncookies"],
  ...["net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"],
  "net.ipv4.tcp_keepalive_time",
];

/** What pods do not express of a container's security. */
export const SECURITY_LOSSES = {
  pidsLimit: {
    instead: "the node's own limit for a pod, `podPidsLimit`",
    differs: "sometimes" as const,
    isLost: ({ pidsLimit }: PlannedContainer) => isLostLimit(pidsLimit),
  },
  user: {
    appliesTo: "names",
    instead: "the image's user; a pod takes only numbers",
    differs: "sometimes" as const,
    isLost: ({ user }: PlannedContainer) => user !== undefined && numericUser(user) === undefined,
  },
  sysctls: {
    appliesTo: "those that Kubernetes calls unsafe",
    instead: "the node's own value",
    differs: "sometimes" as const,
    isLost: ({ sysctls = {} }: PlannedContainer) =>
      Object.keys(sysctls).some((name) => !SAFE_SYSCTLS.includes(name)),
  },
};

/** The user and group of `"1000"` or `"1000:1000"`. Undefined for names, which only an image knows. */
function numericUser(
  user: string | undefined,
): { readonly runAsUser: number; readonly runAsGroup?: number } | undefined {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  if (uid === undefined) return undefined;
  return { runAsUser: Number(uid), ...(gid !== undefined && { runAsGroup: Number(gid) }) };
}
