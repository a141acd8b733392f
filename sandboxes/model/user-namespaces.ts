import { ORDINARY_CALLS } from "./system-calls.ts";

/** A seccomp profile as the Engine API takes it, which picks the architecture of its own machine. */
export interface SeccompProfile {
  readonly defaultAction: "SCMP_ACT_ERRNO";
  readonly defaultErrnoRet: number;
  readonly archMap: readonly {
    readonly architecture: string;
    readonly subArchitectures: readonly string[];
  }[];
  readonly syscalls: readonly SeccompRule[];
}

interface SeccompRule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_MASKED_EQ";
  }[];
}

/** Errors of the kernel: https://man7.org/linux/man-pages/man3/errno.3.html */
const EPERM = 1;
const ENOSYS = 38;

/** Kinds of namespaces that stay closed: https://man7.org/linux/man-pages/man2/clone.2.html */
const CLOSED = { CLONE_NEWCGROUP: 0x0200_0000, CLONE_NEWPID: 0x2000_0000, CLONE_NEWNET: 0x4000_0000 };
const CLOSED_TO_CLONE = Object.values(CLOSED).reduce((mask, flag) => mask + flag);
/** CLONE_NEWTIME is for unshare alone: clone has the signal of the child's end there. */
const CLOSED_TO_UNSHARE = CLOSED_TO_CLONE + 0x80;

/** What runs in a user namespace mounts file systems there, changes its root and names itself. */
const WITHIN_NAMESPACES = ["mount", "umount2", "pivot_root", "sethostname"];

/** Linux, and 32-bit Linux: what `personality` is asked for. https://man7.org/linux/man-pages/man2/personality.2.html */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

const AF_VSOCK = 40;

/**
 * What a container may ask of the kernel in which rootless BuildKit builds: what container engines allow by default, and
 * namespaces for users, mounts, host names and IPC. No namespaces for networks, where most holes of the kernel's were
 * that a user namespace opens, and none for processes, cgroups and clocks. Programs of the machine's own architecture alone.
 *
 * Each part was tried by leaving it out: docs/runner.md says what fails without.
 */
export const SECCOMP_PROFILE: SeccompProfile = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: EPERM,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
  ],
  syscalls: [
    allow([...Object.values(ORDINARY_CALLS).flatMap((calls) => calls.split(" ")), ...WITHIN_NAMESPACES]),
    ...PERSONALITIES.map((value) => allow(["personality"], { value, op: "SCMP_CMP_EQ" })),
    allow(["socket"], { value: AF_VSOCK, op: "SCMP_CMP_NE" }),
    allow(["clone"], { value: CLOSED_TO_CLONE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    allow(["unshare"], { value: CLOSED_TO_UNSHARE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    // A filter cannot see clone3's flags: callers take clone instead. runc goes on without keyrings, if there are none.
    { names: ["clone3", "keyctl"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ],
};

/**
 * The security options of a job's container with `userNamespaces`, as `docker run --security-opt` has them.
 *
 * AppArmor: the profile that engines give containers denies `mount`, and a narrower one than none would have to be loaded
 * by root on each host. Without AppArmor the option says nothing.
 * @param seccomp the profile itself for the Engine API; for compose, which reads a file, its path
 */
export function securityOptions(seccomp: string = JSON.stringify(SECCOMP_PROFILE)): readonly string[] {
  return [`seccomp=${seccomp}`, "apparmor=unconfined"];
}

function allow(
  names: readonly string[],
  arg?: Omit<NonNullable<SeccompRule["args"]>[number], "index">,
): SeccompRule {
  return { names, action: "SCMP_ACT_ALLOW", ...(arg && { args: [{ index: 0, ...arg }] }) };
}
