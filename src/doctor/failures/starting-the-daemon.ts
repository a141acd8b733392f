import type { Failure } from "../failure.ts";

/** The Docker daemon of a job does not start, or runs badly. */
export const STARTING_THE_DAEMON: readonly Failure[] = [
  {
    id: "daemon-not-privileged",
    symptoms: [
      /mount: permission denied \(are you root\?\)/i,
      /Could not mount \/sys\/kernel\/security/i,
      /iptables.*Permission denied \(you must be root\)/i,
    ],
    cause: "The Docker-in-Docker service is not privileged.",
    remedy:
      "Set services_privileged = true in the runner's config.toml and list the image in " +
      "allowed_privileged_services; or use a runner with both. With the Kubernetes executor, set " +
      "privileged in [runners.kubernetes.service_container_security_context].",
    source: "https://github.com/moby/moby/blob/master/hack/dind",
  },
  {
    id: "iptables",
    symptoms: [
      /can't initialize ip6?tables table [`'"]?\w+/i,
      /(?:TABLE|CHAIN)_ADD failed/,
      /RULE_APPEND failed/,
    ],
    cause: "The host's kernel lacks modules for the daemon's iptables, or the two use different backends.",
    remedy:
      "Load ip_tables and iptable_nat on the host (modprobe), " +
      'or set DOCKER_IPTABLES_LEGACY: "1" for the service.',
    source:
      "https://github.com/docker-library/docker/issues/350, " +
      "https://github.com/docker-library/docker/issues/463",
  },
  {
    id: "cgroup-domain",
    symptoms: [/cannot enter cgroupv2 .* with domain controllers.* (?:invalid state|threaded mode)/i],
    cause: "On cgroup v2 the image's entrypoint must move processes to another cgroup, and it was bypassed.",
    remedy: "Keep the entrypoint of the docker:dind image; pass arguments of the daemon with `command` only.",
    source: "https://github.com/containerd/containerd/issues/6659",
  },
  {
    id: "cgroup-version",
    symptoms: [/cgroups: cgroup mountpoint does not exist/i, /Devices cgroup isn't mounted/i],
    cause: "A daemon of version 19.03 or older runs on a host with cgroup v2.",
    remedy: "Use a newer docker:dind image.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/issues/29132",
  },
  {
    id: "cgroup-kernel",
    symptoms: [/bpf_prog_query\(BPF_CGROUP_DEVICE\) failed/i],
    cause: "The host uses cgroup v2, and its kernel is too old for it.",
    remedy: "Update the kernel, or boot with systemd.unified_cgroup_hierarchy=0.",
    source:
      "https://github.com/opencontainers/runc/issues/3867, https://github.com/hardkernel/linux/issues/433",
  },
  {
    id: "iptables-chains-gone",
    symptoms: [/iptables: No chain\/target\/match by that name/i],
    cause: "The engine's iptables rules are gone: a firewall was restarted after the engine.",
    remedy: "Restart the engine on its host: it creates the rules again.",
    source: "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
  },
  {
    id: "overlay-on-overlay",
    symptoms: [
      /failed to mount overlay: invalid argument/i,
      // The message of containerd, which stores the images since Docker 29.
      /snapshotter not loaded: overlay\w*: invalid argument/i,
      /fstype: overlay\b.*err: invalid argument/i,
      /storage-driver=vfs|Storage Driver: vfs|graphdriver\(s\)=vfs/i,
    ],
    cause:
      "/var/lib/docker of the nested daemon is in the container's own layers, where overlay2 does not " +
      "work: each layer becomes a full copy, and builds are slow.",
    remedy:
      "Keep the volume that the docker:dind image declares at /var/lib/docker, " +
      "or mount a volume on ext4 or xfs there.",
    source: "https://github.com/moby/moby/issues/42171",
  },
  {
    id: "socket-taken",
    symptoms: [/can't create unix socket \/var\/run\/docker\.sock: device or resource busy/i],
    cause:
      "The runner bind-mounts the host's Docker socket into every container. " +
      "The Docker-in-Docker service cannot create its own socket at the same path.",
    remedy:
      "Remove /var/run/docker.sock from `volumes` in the runner's config.toml. " +
      "It gives every job control of the host.",
    source: "https://docs.gitlab.com/ci/docker/docker_build_troubleshooting/",
  },
  {
    id: "daemon-not-started",
    general: true,
    symptoms: [/dockerd is not running after max time/i, /failed to start (?:dockerd|daemon): /i],
    cause: "The daemon in the container did not start. Mostly the container is not privileged.",
    remedy:
      "Run the container that starts dockerd privileged: for a service, services_privileged and " +
      "allowed_privileged_services. Read the daemon's log for another reason.",
    source: "https://docs.gitlab.com/ci/docker/using_docker_build/",
  },
];
