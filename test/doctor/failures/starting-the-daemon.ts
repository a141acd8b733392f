import type { LogsOfFailures } from "./logs-of-failures.ts";

export const STARTING_THE_DAEMON_LOGS: LogsOfFailures = {
  "daemon-not-privileged": {
    shownBy: [
      "2026-03-02T09:15:05.111Z mount: permission denied (are you root?)",
      ["Could not mount /sys/kernel/security.", "AppArmor detection and --privileged mode might break."],
      "iptables v1.8.10 (nf_tables): Could not fetch rule set generation id: Permission " +
        "denied (you must be root)",
    ],
    notShownBy: ["mount: /mnt: special device /dev/sdb1 does not exist."],
  },
  iptables: {
    shownBy: [
      "failed to start daemon: Error initializing network controller: iptables v1.8.10 " +
        "(legacy): can't initialize iptables table `nat': Table does not exist (do you need to " +
        "insmod?)",
      "iptables v1.8.10 (nf_tables): TABLE_ADD failed (No such file or directory): table " + "filter",
      "iptables v1.8.7 (nf_tables):  RULE_APPEND failed (No such file or directory): rule in " +
        "chain DOCKER",
      "ip6tables v1.8.10 (legacy): can't initialize ip6tables table `filter': Table does not " + "exist",
      "iptables v1.8.11 (nf_tables): CHAIN_ADD failed (No such file or directory)",
    ],
    notShownBy: ["iptables v1.8.10 (nf_tables)"],
  },
  "cgroup-domain": {
    shownBy: [
      'OCI runtime create failed: cannot enter cgroupv2 "/sys/fs/cgroup/docker" with ' +
        "domain controllers -- it is in an invalid state: unknown",
      'runc create failed: cannot enter cgroupv2 "/sys/fs/cgroup/docker" with domain ' +
        "controllers -- it is in threaded mode: unknown.",
    ],
    notShownBy: ["cgroup v2 is used"],
  },
  "cgroup-version": {
    shownBy: [
      "docker: Error response from daemon: cgroups: cgroup mountpoint does not exist: " + "unknown.",
      'level=fatal msg="Error starting daemon: Devices cgroup isn\'t mounted"',
    ],
    notShownBy: [" Cgroup Version: 1"],
  },
  "cgroup-kernel": {
    shownBy: [
      "error setting cgroup config for procHooks process: bpf_prog_query(BPF_CGROUP_DEVICE) " +
        "failed: invalid argument: unknown.",
    ],
    notShownBy: ["bpf program loaded"],
  },
  "iptables-chains-gone": {
    shownBy: [
      "driver failed programming external connectivity on endpoint web: (iptables failed: " +
        "iptables --wait -t nat -A DOCKER: iptables: No chain/target/match by that name.",
    ],
    notShownBy: ["iptables: Chain already exists."],
  },
  "overlay-on-overlay": {
    shownBy: [
      'level=error msg="failed to mount overlay: invalid argument" storage-driver=overlay2',
      "docker: failed to stat snapshot sha256:f999ae22f308: snapshotter not loaded: " +
        "overlayfs: invalid argument",
      "failed to register layer: failed to mount " +
        "/var/lib/docker/containerd/daemon/tmpmounts/containerd-mount550114294: mount source: " +
        '"overlay", target: "/var/lib/docker/containerd/daemon/tmpmounts/containerd-moun' +
        't550114294", fstype: overlay, flags: 0, data: ' +
        '"workdir=/var/lib/docker/containerd/daemon/io.containerd.sna' +
        'pshotter.v1.overlayfs/snapshots/2/work", err: invalid argument',
      ["$ docker info", " Storage Driver: vfs"],
      'level=info msg="Docker daemon" commit=1a2b3c graphdriver(s)=vfs version=28.0.1',
    ],
    notShownBy: ['mount source: "/dev/sdb1", fstype: ext4, flags: 0, data: "", err: invalid argument'],
  },
  "socket-taken": {
    shownBy: [
      "failed to load listeners: can't create unix socket /var/run/docker.sock: device or " + "resource busy",
    ],
    notShownBy: ["rm: /tmp/x: device or resource busy"],
  },
  "daemon-not-started": {
    shownBy: [
      "[ERROR] dockerd is not running after max time",
      "failed to start daemon: Error initializing network controller",
    ],
    notShownBy: ["dockerd is running"],
  },
};
