import type { Problem } from "../../model/problem.ts";
import type { PodSecurityLevel, PodSettings } from "../pod-settings.ts";
import type { Pod, PodContainer, PodTemplate } from "./manifest.ts";

/**
 * What keeps a pod from the level of Pod Security that the settings of the cluster demand:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 * @param path the path of the service or job
 */
export function levelProblems(
  path: string,
  { spec: pod }: PodTemplate,
  { podSecurity: level = "privileged" }: PodSettings = {},
): readonly Problem[] {
  if (pod === undefined || level === "privileged") return [];
  const found =
    level === "baseline" ? beyondBaseline(pod) : [...beyondBaseline(pod), ...beyondRestricted(pod)];
  return [...new Map(found.map((problem) => [problem.what, problem])).values()].map(({ what, remedy }) => ({
    path,
    message: `${what}, and kubernetes.podSecurity is ${level}; ${remedy ?? lower(level)}`,
  }));
}

/** What a pod has that a level does not allow. */
interface Excess {
  /** A verb phrase. */
  readonly what: string;
  /** @default another level, or another cluster */
  readonly remedy?: string;
}

function lower(level: PodSecurityLevel): string {
  const others = level === "restricted" ? "baseline or privileged" : "privileged";
  return `remove that, or set kubernetes.podSecurity to ${others} where the cluster allows it`;
}

function beyondBaseline(pod: Pod): readonly Excess[] {
  const all = containersOf(pod);
  const added = new Set(all.flatMap((container) => container.securityContext?.capabilities?.add ?? []));
  return [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const)
      .filter((name) => pod[name] === true)
      .map((name) => ({ what: `has ${name}` })),
    ...(all.some(({ securityContext }) => securityContext?.privileged) ? [{ what: "is privileged" }] : []),
    ...[...added]
      .filter((capability) => !BASELINE.includes(capability))
      .map((capability) => ({ what: `has the capability ${capability}` })),
    ...((pod.volumes ?? []).some(({ hostPath }) => hostPath !== undefined)
      ? [{ what: "mounts a path of the node" }]
      : []),
    ...(all.some(({ ports = [] }) => ports.some(({ hostPort = 0 }) => hostPort > 0))
      ? [{ what: "takes a port of the node" }]
      : []),
    ...([pod, ...all].some(({ securityContext }) => securityContext?.seccompProfile?.type === "Unconfined")
      ? [{ what: "has no filter of system calls" }]
      : []),
  ];
}

/** The capabilities that the level `baseline` lets a container add. */
const BASELINE: readonly string[] = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

function beyondRestricted(pod: Pod): readonly Excess[] {
  const all = containersOf(pod);
  if (!all.every((container) => runsWithoutRoot(pod, container)))
    return [
      {
        what: "has no numeric user other than root",
        remedy: 'declare one that its image can run as, such as user: "1000:1000"',
      },
    ];
  const added = new Set(all.flatMap((container) => container.securityContext?.capabilities?.add ?? []));
  return [
    ...[...added]
      .filter((capability) => BASELINE.includes(capability) && capability !== "NET_BIND_SERVICE")
      .map((capability) => ({ what: `has the capability ${capability}` })),
    ...(all.every(
      ({ securityContext }) =>
        securityContext?.allowPrivilegeEscalation === false &&
        securityContext.capabilities?.drop?.includes("ALL"),
    )
      ? []
      : [{ what: "may gain privileges" }]),
    ...(all.every(({ securityContext }) =>
      ["RuntimeDefault", "Localhost"].includes(
        (securityContext?.seccompProfile ?? pod.securityContext?.seccompProfile)?.type ?? "",
      ),
    )
      ? []
      : [{ what: "has no filter of system calls" }]),
  ];
}

function runsWithoutRoot(pod: Pod, { securityContext }: PodContainer): boolean {
  const { runAsUser, runAsNonRoot } = { ...pod.securityContext, ...securityContext };
  return runAsNonRoot === true && runAsUser !== 0;
}

function containersOf({ initContainers = [], containers }: Pod): readonly PodContainer[] {
  return [...initContainers, ...(containers ?? [])];
}
