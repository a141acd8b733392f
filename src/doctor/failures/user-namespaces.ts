import type { Failure } from "../failure.ts";

const ROOTLESSKIT = "https://github.com/rootless-containers/rootlesskit/blob/master/pkg/parent/warn.go";

/** RootlessKit names the kernel's setting. */
const KERNEL_FORBIDS = /\/proc\/sys\/(?:user|kernel)\/\w+ (?:needs to be set|is set to 1)/;

/** A job or a rootless daemon makes no user namespace: the kernel, the runner or its image forbids it. */
export const USER_NAMESPACES: readonly Failure[] = [
  {
    id: "user-namespaces-none",
    symptoms: [
      /max_user_namespaces needs to be set to non-zero/,
      /fork\/exec \/proc\/self\/exe: no space left on device/i,
      /\bunshare(?: failed)?: No space left on device/i,
    ],
    cause:
      "The kernel of the runner's host allows no user namespaces at all, or no more: user.max_user_namespaces.",
    remedy: "On the host: sysctl -w user.max_user_namespaces=28633, and a file in /etc/sysctl.d with it.",
    source: ROOTLESSKIT,
  },
  {
    id: "user-namespaces-root-only",
    symptoms: [/unprivileged_userns_clone needs to be set to 1/],
    cause:
      "The kernel of the runner's host gives user namespaces to root alone: kernel.unprivileged_userns_clone is 0.",
    remedy: "On the host: sysctl -w kernel.unprivileged_userns_clone=1, and a file in /etc/sysctl.d with it.",
    source: ROOTLESSKIT,
  },
  {
    id: "user-namespaces-apparmor",
    symptoms: [/apparmor_restrict_unprivileged_userns is set to 1/],
    cause:
      "AppArmor on the runner's host leaves a user namespace without capabilities, unless a profile allows its program to have one: kernel.apparmor_restrict_unprivileged_userns is 1, as on Ubuntu since 23.10.",
    remedy:
      "On the host: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, and a file in /etc/sysctl.d with it; or load a profile with `userns,` for the program.",
    source: `${ROOTLESSKIT}, https://discourse.ubuntu.com/t/spec-unprivileged-user-namespace-restrictions-via-apparmor-in-ubuntu-23-10/37626`,
  },
  {
    id: "rootless-denied",
    symptoms: [/fork\/exec \/proc\/self\/exe: operation not permitted/i],
    neverWith: KERNEL_FORBIDS,
    cause:
      "The container may make no user namespace: the engine's default seccomp profile refuses it, and the runner gives no other.",
    remedy:
      "Let the job say userNamespaces: true and run on a runner that says so too: its config.toml then has a `security_opt` with a profile that allows just that. For a rootless daemon as a service there is services_security_opt, or a privileged one. `nestbox doctor` on the host tells whether the kernel forbids it.",
    source:
      "https://docs.docker.com/engine/security/seccomp/, https://gitlab.com/gitlab-org/gitlab-runner/-/issues/4712",
  },
  {
    id: "uid-map-denied",
    symptoms: [
      /newuidmap: write to uid_map failed: Operation not permitted/i,
      /newgidmap: write to gid_map failed: Operation not permitted/i,
    ],
    cause:
      "newuidmap may not map more than one user: it has no file capability, or loses it to no-new-privileges; a setuid one needs what containers do not have.",
    remedy:
      "Take no-new-privileges out of `security_opt`; userNamespaces: true of a runner does without. In an image of your own: setcap cap_setuid+ep on newuidmap and cap_setgid+ep on newgidmap, and chmod u-s on both.",
    source: "https://man7.org/linux/man-pages/man7/user_namespaces.7.html",
  },
];
