import type { LogsOfFailures } from "./logs-of-failures.ts";

const KUBERNETES = 'Preparing the "kubernetes" executor';

export const USER_NAMESPACES_LOGS: LogsOfFailures = {
  "user-namespaces-none": {
    shownBy: [
      [
        'time="2026-11-25T13:44:00Z" level=warning msg="/proc/sys/user/max_user_namespaces ' +
          'needs to be set to non-zero."',
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no " +
          "space left on device",
      ],
      ["$ unshare --user id", "unshare: unshare failed: No space left on device"],
    ],
    notShownBy: ['cp: error writing "a": No space left on device'],
  },
  "user-namespaces-root-only": {
    shownBy: [
      [
        'time="2026-11-25T13:44:00Z" level=warning ' +
          'msg="/proc/sys/kernel/unprivileged_userns_clone needs to be set to 1."',
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: " +
          "operation not permitted",
      ],
    ],
    notShownBy: ["kernel.unprivileged_userns_clone = 1"],
  },
  "user-namespaces-apparmor": {
    shownBy: [
      [
        'time="2026-11-25T13:44:00Z" level=warning msg="This error might have happened ' +
          'because /proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1" ' +
          'error="fork/exec /proc/self/exe: permission denied"',
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: " +
          "permission denied",
      ],
    ],
    notShownBy: ["kernel.apparmor_restrict_unprivileged_userns = 0"],
  },
  "rootless-mount-denied": {
    shownBy: ["[rootlesskit:child ] error: failed to share mount point: /: permission denied"],
    notShownBy: ["mount: /mnt: permission denied."],
  },
  "rootless-denied-in-pod": {
    shownBy: [
      [KUBERNETES, "Error during unshare(CLONE_NEWUSER): Function not implemented"],
      [KUBERNETES, "cannot clone: Operation not permitted"],
      [KUBERNETES, "fork/exec /proc/self/exe: operation not permitted"],
    ],
    notShownBy: ["Error during unshare(CLONE_NEWUSER): Operation not permitted"],
  },
  "rootless-denied": {
    shownBy: [
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: " +
        "operation not permitted",
      "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: " +
        "permission denied",
    ],
    notShownBy: ["[rootlesskit:child ] error: executing [[ip tuntap add]]: exit status 1"],
  },
  "uid-map-denied": {
    shownBy: [
      "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 13 [0 1000 1 1 " +
        "100000 65536] failed: newuidmap: write to uid_map failed: Operation not permitted",
      "[rootlesskit:parent] error: failed to setup UID/GID map: newgidmap 13 [0 1000 1 1 " +
        "100000 65536] failed: newgidmap: write to gid_map failed: Operation not permitted",
    ],
    notShownBy: ['chown: changing ownership of "a": Operation not permitted'],
  },
};
