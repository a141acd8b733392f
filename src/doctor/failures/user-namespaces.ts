import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const ROOTLESSKIT = "https://github.com/rootless-containers/rootlesskit/blob/master/pkg/parent/warn.go";
const UBUNTU_RESTRICTION =
  "https://discourse.ubuntu.com/t/" +
  "spec-unprivileged-user-namespace-restrictions-via-apparmor-in-ubuntu-23-10/37626";

/** RootlessKit names the kernel setting. */
const KERNEL_FORBIDS = /\/proc\/sys\/(?:user|kernel)\/\w+ (?:needs to be set|is set to 1)/;

const ROOTLESS_DENIED: readonly RegExp[] = [
  /fork\/exec \/proc\/self\/exe: (?:operation not permitted|permission denied)/i,
  /unshare\(CLONE_NEWUSER\): (?:Operation not permitted|Permission denied|Function not implemented)/i,
  /cannot clone: (?:Operation not permitted|Permission denied)/i,
];

/** A job or a rootless daemon cannot create a user namespace: the kernel, runner or image forbids it. */
export const USER_NAMESPACES: readonly Failure[] = [
  {
    id: "user-namespaces-none",
    symptoms: [
      /max_user_namespaces needs to be set to non-zero/,
      /fork\/exec \/proc\/self\/exe: no space left on device/i,
      /\bunshare(?: failed)?: No space left on device/i,
    ],
    cause:
      "The kernel of the runner's host allows no user namespaces, or the limit is reached: " +
      "user.max_user_namespaces.",
    remedy:
      "On the host: sysctl -w user.max_user_namespaces=28633, and the same setting in a file in " +
      "/etc/sysctl.d.",
    source: ROOTLESSKIT,
  },
  {
    id: "user-namespaces-root-only",
    symptoms: [/unprivileged_userns_clone needs to be set to 1/],
    cause:
      "The kernel of the runner's host allows user namespaces for root only: " +
      "kernel.unprivileged_userns_clone is 0.",
    remedy:
      "On the host: sysctl -w kernel.unprivileged_userns_clone=1, " +
      "and the same setting in a file in /etc/sysctl.d.",
    source: ROOTLESSKIT,
  },
  {
    id: "user-namespaces-apparmor",
    symptoms: [/apparmor_restrict_unprivileged_userns is set to 1/],
    cause:
      "AppArmor on the runner's host removes the capabilities of user namespaces, unless a profile allows " +
      "them for the program: kernel.apparmor_restrict_unprivileged_userns is 1, the default of Ubuntu " +
      "since 23.10.",
    remedy:
      "On the host: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, and the same setting in a " +
      "file in /etc/sysctl.d; or load a profile with `userns,` for the program.",
    source: `${ROOTLESSKIT}, ${UBUNTU_RESTRICTION}`,
  },
  {
    id: "rootless-mount-denied",
    symptoms: [/failed to share mount point: \/: permission denied/i],
    cause: "AppArmor forbids the container the mounts that RootlessKit needs.",
    remedy:
      "Use another AppArmor profile for the container: security_opt in [runners.docker], or with the " +
      'Kubernetes executor app_armor_profile, type = "Unconfined" or a Localhost profile, in ' +
      "[runners.kubernetes.build_container_security_context].",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#set-seccomp-and-apparmor-profiles",
  },
  {
    id: "rootless-denied-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: ROOTLESS_DENIED,
    neverWith: KERNEL_FORBIDS,
    cause:
      "The container cannot create a user namespace: the seccomp or AppArmor profile of its pod forbids " +
      "it, or a policy of the cluster.",
    remedy:
      "Set seccomp_profile and app_armor_profile in " +
      '[runners.kubernetes.build_container_security_context] to type = "Unconfined", or to Localhost ' +
      "profiles that allow it, on a runner for image builds alone. Or build without user namespaces, as " +
      "kaniko does.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#set-seccomp-and-apparmor-profiles",
  },
  {
    id: "rootless-denied",
    symptoms: ROOTLESS_DENIED,
    neverWith: new RegExp(`${KERNEL_FORBIDS.source}|${ON_KUBERNETES.source}`, "i"),
    cause:
      "The container cannot create a user namespace: the engine's default seccomp or AppArmor profile " +
      "forbids it, and the runner sets no other.",
    remedy:
      "Declare userNamespaces: true for the job and for its runner: its config.toml then has a " +
      "`security_opt` with a profile that allows user namespaces. For a rootless daemon as a service, use " +
      "services_security_opt or a privileged service. `nestbox doctor` on the host reports whether the " +
      "kernel forbids them.",
    source:
      "https://docs.docker.com/engine/security/seccomp/, " +
      "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/4712",
  },
  {
    id: "uid-map-denied",
    symptoms: [
      /newuidmap: write to uid_map failed: Operation not permitted/i,
      /newgidmap: write to gid_map failed: Operation not permitted/i,
    ],
    cause:
      "newuidmap cannot map more than one user: it has no file capability, or no-new-privileges removes " +
      "it. A setuid newuidmap needs capabilities that containers do not have.",
    remedy:
      "Remove no-new-privileges from `security_opt`; a runner with userNamespaces: true does not set it. " +
      "In an image of your own: setcap cap_setuid+ep on newuidmap and cap_setgid+ep on newgidmap, " +
      "and chmod u-s on both.",
    source: "https://man7.org/linux/man-pages/man7/user_namespaces.7.html",
  },
];
