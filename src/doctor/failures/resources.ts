import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const RUNNERS_DOCKER =
  "https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section";

const DISK_FULL: readonly RegExp[] = [
  // Limits of the kernel have the same text.
  /^(?!.*(?:inotify|cgroup|unshare|\/proc\/self|namespace|keyring)).*\bno space left on device/i,
  /You don't have enough free space in \/var\/cache\/apt/i,
];

/** The host or the container runs out of disk, memory or another resource. */
export const RESOURCES: readonly Failure[] = [
  {
    id: "shared-memory",
    symptoms: [
      /could not resize shared memory segment .*No space left on device/i,
      /\/dev\/shm\b.*No space left on device/i,
    ],
    cause: "/dev/shm of the container is full: Docker's default is 64 MB.",
    remedy:
      "Set shm_size, or services_shm_size for services, in the runner's config.toml, in bytes. With " +
      "`docker run` in a script: --shm-size. In a pod, mount an empty_dir with medium Memory at /dev/shm.",
    source: RUNNERS_DOCKER,
  },
  {
    id: "file-watchers",
    symptoms: [
      /System limit for number of file watchers reached/i,
      /inotify_add_watch.*No space left on device/i,
      /inotify.*(?:instances|watches).*(?:reached|limit)/i,
    ],
    cause: "The limit of file watches on the runner's host is reached. All containers share it.",
    remedy:
      "On the host: sysctl -w fs.inotify.max_user_watches=524288, and fs.inotify.max_user_instances=512, " +
      "and both in a file in /etc/sysctl.d. Or watch no files in CI.",
    source: "https://man7.org/linux/man-pages/man7/inotify.7.html",
  },
  {
    id: "node-disk-full",
    onlyWith: ON_KUBERNETES,
    symptoms: DISK_FULL,
    cause: "The disk of the job's node is full, or the volume that is mounted at this path.",
    remedy:
      "Use nodes with larger disks, or a volume of its own for /builds. Set ephemeral_storage_request in " +
      "[runners.kubernetes], so that jobs are placed where there is room.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#storage-requests-and-limits",
  },
  {
    id: "disk-full",
    neverWith: ON_KUBERNETES,
    symptoms: DISK_FULL,
    cause:
      "The disk is full on which the engine keeps images, containers and volumes, or it has no inodes " +
      "left. A nested daemon uses the same disk.",
    remedy:
      "On the runner's host, look with `df -h` and `df -i` at the Docker Root Dir of `docker info`. Free " +
      "space with `docker system prune`, and with --volumes for unused caches too.",
    source: "https://docs.docker.com/engine/manage-resources/pruning/",
  },
  {
    id: "node-heap",
    symptoms: [/JavaScript heap out of memory/i],
    cause: "The job's own Node process reached the limit of its heap.",
    remedy: 'Raise it within the container\'s memory: NODE_OPTIONS: "--max-old-space-size=4096".',
    source: "https://nodejs.org/api/cli.html#--max-old-space-sizesize-in-mib",
  },
  {
    id: "java-heap",
    symptoms: [/java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded|Metaspace)/],
    cause: "The job's own Java process reached the limit of its heap or of its classes.",
    remedy: "Raise -Xmx, or -XX:MaxMetaspaceSize for Metaspace, within the container's memory.",
    source: "https://docs.oracle.com/en/java/javase/21/troubleshoot/troubleshooting-memory-leaks.html",
  },
  {
    id: "out-of-memory",
    symptoms: [
      /\bOOMKilled\b(?!["']?: ?false)/,
      /Out of memory: Kill(?:ed)? process/i,
      /fatal error: Killed signal terminated program/i,
      /\bCannot allocate memory\b/i,
    ],
    cause: "The memory of the container, or of the runner's host, is used up.",
    remedy:
      "Raise `memory` in [runners.docker], or memory_limit in [runners.kubernetes], if it is set; run " +
      "fewer jobs at once (`concurrent`, `limit`), start fewer processes in the job, or use a larger " +
      "host.",
    source: RUNNERS_DOCKER,
  },
  {
    id: "port-taken",
    symptoms: [/Bind for \S+ failed: port is already allocated/i],
    cause: "Another container of the same engine publishes this port.",
    remedy:
      "Publish no fixed port: services reach each other by alias. With a mounted socket all jobs share " +
      "the ports of one host.",
    source: "https://docs.docker.com/engine/network/port-publishing/",
  },
  {
    id: "gpu-missing",
    symptoms: [/could not select device driver "\w*" with capabilities: \[\[gpu\]\]/i],
    cause: "The engine has no driver for GPUs: the NVIDIA Container Toolkit is missing there.",
    remedy:
      "Install it on the engine's host and run: nvidia-ctk runtime configure --runtime=docker. Then " +
      "restart the engine. A Docker-in-Docker service needs it inside.",
    source: "https://docs.gitlab.com/runner/configuration/gpus/",
  },
  {
    id: "container-name-taken",
    saidBy: "job",
    symptoms: [/The container name "(?!\/?runner-)[^"]+" is already in use by container/i],
    cause:
      "A container of this name exists on the same engine, left by an earlier job or of a job beside " +
      "this one.",
    remedy:
      "Put $CI_JOB_ID into the name, or use no name and `docker run --rm`. With a mounted socket all " +
      "jobs share the names of one host.",
    source: "https://docs.docker.com/reference/cli/docker/container/run/",
  },
];
