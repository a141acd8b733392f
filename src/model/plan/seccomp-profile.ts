import { DEFAULT_SYSTEM_CALLS } from "./system-calls.ts";

/** A rule of a profile: https://docs.docker.com/engine/security/seccomp/ */
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

/** Namespaces that stay closed: https://man7.org/linux/man-pages/man2/clone.2.html */
const CLOSED = { CLONE_NEWCGROUP: 0x0200_0000, CLONE_NEWPID: 0x2000_0000, CLONE_NEWNET: 0x4000_0000 };
const CLOSED_TO_CLONE = Object.values(CLOSED).reduce((mask, flag) => mask + flag);
/** Includes CLONE_NEWTIME, a bit that has another meaning for clone. */
const CLOSED_TO_UNSHARE = CLOSED_TO_CLONE + 0x80;

/** The kernel requires a capability for these, which a process has in its own user namespace. */
const WITHIN_NAMESPACES = ["mount", "umount2", "pivot_root", "sethostname"];

/**
 * Linux and 32-bit Linux, each also with UNAME26, and the current one:
 * https://man7.org/linux/man-pages/man2/personality.2.html
 */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

const AF_VSOCK = 40;

/**
 * The seccomp profile of a job with `userNamespaces`: the default system calls of container engines, plus
 * namespaces for users, mounts, host names and IPC, which rootless BuildKit needs. Network namespaces stay
 * closed, since they expose nftables and other vulnerable kernel code to unprivileged users. PID, cgroup and
 * time namespaces stay closed too. Programs for a foreign architecture do not run.
 *
 * docs/build-images.md lists the effect of each part.
 */
export const SECCOMP_PROFILE = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: EPERM,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
  ],
  syscalls: [
    allow([
      ...Object.values(DEFAULT_SYSTEM_CALLS).flatMap((calls) => calls.split(" ")),
      ...WITHIN_NAMESPACES,
    ]),
    ...PERSONALITIES.map((value) => allow(["personality"], { value, op: "SCMP_CMP_EQ" })),
    allow(["socket"], { value: AF_VSOCK, op: "SCMP_CMP_NE" }),
    allow(["clone"], { value: CLOSED_TO_CLONE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    allow(["unshare"], { value: CLOSED_TO_UNSHARE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    // No filter can read clone3's flags. On ENOSYS, callers use clone, and runc skips the keyring.
    { names: ["clone3", "keyctl"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ] satisfies SeccompRule[] as readonly SeccompRule[],
};

/**
 * The security options of a job with `userNamespaces`, in the form of `docker run --security-opt`.
 *
 * `apparmor=unconfined`: the engine's default AppArmor profile denies `mount`, and only root can load a
 * narrower one on a host. The option has no effect where AppArmor is off.
 * @param seccomp the profile as JSON for the Engine API, or the path of its file for compose
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
