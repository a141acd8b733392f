/**
 * The capabilities of Linux, in the order of their numbers:
 * https://man7.org/linux/man-pages/man7/capabilities.7.html
 */
export const CAPABILITIES = [
  ...(["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"] as const),
  ...(["SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW"] as const),
  ...(["IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT"] as const),
  ...(["SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD"] as const),
  ...(["LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG"] as const),
  ...(["WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"] as const),
] as const;

/** A capability of Linux without the prefix `CAP_`, or all of them. */
export type Capability = (typeof CAPABILITIES)[number] | "ALL";

/** Capabilities that give no power over the host: those that containers have by default, and a few more. */
const HARMLESS: readonly Capability[] = [
  ...(["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"] as const),
  ...(["NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"] as const),
  ...(["IPC_LOCK", "IPC_OWNER", "SYS_NICE", "LEASE"] as const),
];

/**
 * The parameters of the kernel that each container has for itself:
 * https://docs.docker.com/reference/cli/docker/container/run/#sysctl
 */
const OF_CONTAINER =
  /^(?:kernel\.(?:msg(?:max|mnb|mni)|sem|shm(?:all|max|mni|_rmid_forced))|fs\.mqueue|net)(?:\.|$)/;

/** What decides how much a container may do to its host. */
export interface Privileges {
  readonly privileged: boolean;
  readonly capAdd?: readonly Capability[];
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** A property that gives a container power over its host, and why it does. */
export interface Privilege {
  readonly property: string;
  readonly why: string;
}

/** The properties of a container by which it gets power over its host. */
export function privilegesIn({ privileged, capAdd = [], sysctls = {} }: Privileges): readonly Privilege[] {
  const dangerous = capAdd.filter((capability) => !HARMLESS.includes(capability));
  return [
    ...(privileged
      ? [{ property: "privileged", why: "may not be privileged, which is root on the host" }]
      : []),
    ...dangerous.map((capability) => ({
      property: "capAdd",
      why: `may not have the capability ${capability}, which gives power over the host`,
    })),
    ...Object.keys(sysctls)
      .filter((name) => !OF_CONTAINER.test(name))
      .map((name) => ({ property: "sysctls", why: `may not set ${name}, which the whole host shares` })),
  ];
}
