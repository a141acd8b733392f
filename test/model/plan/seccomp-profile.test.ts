import { expect, test } from "@jest/globals";
import { SECCOMP_PROFILE, securityOptions } from "../../../src/model/plan/seccomp-profile.ts";
import { DEFAULT_SYSTEM_CALLS } from "../../../src/model/plan/system-calls.ts";

/** https://man7.org/linux/man-pages/man2/clone.2.html */
const FLAG = {
  SIGCHLD: 17,
  NEWTIME: 0x80,
  NEWNS: 0x0002_0000,
  NEWCGROUP: 0x0200_0000,
  NEWUTS: 0x0400_0000,
  NEWIPC: 0x0800_0000,
  NEWUSER: 0x1000_0000,
  NEWPID: 0x2000_0000,
  NEWNET: 0x4000_0000,
} as const;

/** The result of a system call with this first argument under the profile. */
function answer(call: string, argument = 0): "allowed" | number {
  const rule = SECCOMP_PROFILE.syscalls.find(
    ({ names, args = [] }) =>
      names.includes(call) && args.every(({ op, value, valueTwo }) => matches(op, argument, value, valueTwo)),
  );
  if (rule?.action === "SCMP_ACT_ALLOW") return "allowed";
  return rule?.errnoRet ?? SECCOMP_PROFILE.defaultErrnoRet;
}

function matches(op: string, argument: number, value: number, valueTwo = 0): boolean {
  if (op === "SCMP_CMP_NE") return argument !== value;
  return op === "SCMP_CMP_EQ" ? argument === value : (BigInt(argument) & BigInt(value)) === BigInt(valueTwo);
}

const EPERM = 1;
const ENOSYS = 38;

test("clone into user and mount namespaces is allowed", () => {
  expect(answer("clone", FLAG.SIGCHLD)).toBe("allowed");
  expect(answer("clone", FLAG.SIGCHLD + FLAG.NEWUSER + FLAG.NEWNS)).toBe("allowed");
  expect(answer("unshare", FLAG.NEWNS + FLAG.NEWUTS + FLAG.NEWIPC)).toBe("allowed");
});

test.each(["NEWNET", "NEWPID", "NEWCGROUP"] as const)(
  "CLONE_%s is refused, alone and with other flags",
  (flag) => {
    for (const call of ["clone", "unshare"]) {
      expect(answer(call, FLAG[flag])).toBe(EPERM);
      expect(answer(call, FLAG[flag] + FLAG.NEWUSER + FLAG.NEWNS)).toBe(EPERM);
    }
  },
);

test("time namespaces are refused", () => {
  expect(answer("unshare", FLAG.NEWUSER + FLAG.NEWTIME)).toBe(EPERM);
});

test("clone3 and keyctl return ENOSYS, so that programs fall back", () => {
  expect([answer("clone3"), answer("keyctl")]).toEqual([ENOSYS, ENOSYS]);
});

test.each([
  ...[
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "add_key",
    "request_key",
    "quotactl",
  ],
  ...["init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon"],
  ...["settimeofday", "clock_settime", "iopl", "ioperm", "acct", "syslog", "open_by_handle_at", "vhangup"],
  ...[
    "open_tree",
    "move_mount",
    "fsopen",
    "fsmount",
    "mount_setattr",
    "migrate_pages",
    "mbind",
    "setdomainname",
  ],
])("%s is refused", (call) => {
  expect(answer(call)).toBe(EPERM);
});

test("a socket to the hypervisor is refused", () => {
  expect(answer("socket", 2)).toBe("allowed");
  expect(answer("socket", 40)).toBe(EPERM);
});

test("each system call is in one group", () => {
  const names = Object.values(DEFAULT_SYSTEM_CALLS).flatMap((calls) => calls.split(" "));
  expect(names.filter((name, place) => names.indexOf(name) < place)).toEqual([]);
  expect(names.every((name) => /^[a-z][a-z0-9_]+$/.test(name))).toBe(true);
});

test("the engine gets the profile, compose the path of its file, and both the same other options", () => {
  const [seccomp = "", ...others] = securityOptions();
  expect(JSON.parse(seccomp.slice("seccomp=".length))).toEqual(SECCOMP_PROFILE);
  expect(others).toEqual(["apparmor=unconfined"]);
  expect(securityOptions("profile.json")).toEqual(["seccomp=profile.json", "apparmor=unconfined"]);
});
