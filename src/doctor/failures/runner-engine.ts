import type { Failure } from "../failure.ts";

const DOCKER_EXECUTOR = "https://docs.gitlab.com/runner/executors/docker/";
const DOCKER_MACHINE = "https://docs.gitlab.com/runner/executors/docker_machine/";

/** The engine on which the runner itself starts jobs. Nothing in the job or its variables changes it. */
export const RUNNER_ENGINE: readonly Failure[] = [
  {
    id: "runner-engine-permission",
    saidBy: "runner",
    symptoms: [
      /permission denied while trying to connect to the (?:Docker daemon socket|docker API)/i,
      /dial unix \S+: connect: permission denied/i,
    ],
    cause: "The runner's user may not use the engine's socket.",
    remedy: "On the runner's host, add that user to the group docker and restart the runner.",
    source: DOCKER_EXECUTOR,
  },
  {
    id: "runner-api-version",
    saidBy: "runner",
    symptoms: [/client version [\d.]+ is too (?:old|new)\. (?:Minimum|Maximum) supported API version/i],
    cause: "The runner and its engine have no version of the Docker API in common.",
    remedy: "Update the older of the two: gitlab-runner, or the engine on the runner's host.",
    source: "https://docs.docker.com/reference/api/engine/#api-version-matrix",
  },
  {
    id: "runner-engine-unreachable",
    saidBy: "runner",
    symptoms: [
      /Cannot connect to the Docker daemon/i,
      /failed to connect to the docker API at/i,
      /error during connect: /i,
      /dial unix \S+: connect: (?:no such file or directory|connection refused)/i,
    ],
    cause:
      "The runner cannot reach its own engine, which starts the job's containers. " +
      "The engine has stopped or is overloaded, or the runner's configuration names another address.",
    remedy:
      "On the runner's host, check `docker info` and the engine's log. Compare the address in the message " +
      "with `host` in [runners.docker]. A runner in a container needs the engine's socket as a volume.",
    source: DOCKER_EXECUTOR,
  },
  {
    id: "docker-machine",
    saidBy: "runner",
    onlyWith: /docker\+machine/,
    symptoms: [/(?:Preparation failed|\(system failure\)): (?:exit status \d+|can't connect)/i],
    cause: "docker-machine could not create the machine for the job, or not reach it.",
    remedy:
      "Read the runner's own log at that time: it has the provider's error. Check the memory of the " +
      "runner's host too: each machine that is being created is a process there.",
    source: `${DOCKER_MACHINE}, https://github.com/cattle-ops/terraform-aws-gitlab-runner/issues/447`,
  },
  {
    id: "container-vanished",
    saidBy: "runner",
    symptoms: [/No such container: [0-9a-f]{12}/i],
    cause: "The job's container was removed on the runner's engine while the job ran.",
    remedy:
      "Look on the runner's host for clean-up at that time, such as `docker system prune` in a timer, and " +
      "for a restart of the engine. Then retry the job.",
    source: "https://github.com/espressomd/espresso/issues/2742",
  },
  {
    id: "shell-profile",
    symptoms: [/prepare environment: exit status \d+/i],
    cause:
      "The login shell of the runner's user fails before the job. This is the shell executor, not Docker's.",
    remedy:
      "Remove ~/.bash_logout of that user, and see that `su - USER -c true` succeeds without a terminal.",
    source: "https://docs.gitlab.com/runner/shells/#shell-profile-loading",
  },
  {
    id: "runner-stopped",
    saidBy: "runner",
    symptoms: [/\(system failure\): aborted: (?:terminated|interrupt)/i],
    cause: "The runner was stopped or restarted while the job ran.",
    remedy: "Retry the job. Stop runners with SIGQUIT: they finish their jobs first.",
    source: "https://docs.gitlab.com/runner/commands/#signals",
  },
  {
    id: "runner-directory-gone",
    saidBy: "runner",
    symptoms: [/\bgetwd: no such file or directory/i],
    cause: "The folder in which the runner's process was started has been removed.",
    remedy:
      "Stop every gitlab-runner process on the host, and start the runner again in a folder that stays.",
    source: "https://pkg.go.dev/os#Getwd",
  },
  {
    id: "service-container-ended",
    saidBy: "runner",
    symptoms: [/Cannot link to a non[- ]running container/i],
    cause:
      "A service's container had ended when the job's container started: it crashed, or did not start at " +
      "all. The lines before tell which service.",
    remedy:
      'Read the service\'s log (CI_DEBUG_SERVICES: "true"). If a container of the same name is left on ' +
      "the host, remove it.",
    source: DOCKER_EXECUTOR,
  },
  {
    id: "permission-container",
    symptoms: [/running permission container .*(?:exit code|exited)/i],
    cause:
      "The helper's container, which prepares the cache volume, failed. Exit code 127: the helper's " +
      "image has no shell at its place, as after a wrong import of the image, which Podman did.",
    remedy:
      "Set helper_image in [runners.docker] to an image from a registry with the runner's version, and " +
      "remove the imported one from the engine. Or set disable_cache = true.",
    source: "https://forum.gitlab.com/t/possible-gitlab-runner-regression-between-16-5-0-and-16-6-x/96076",
  },
  {
    id: "autoscaler-instance",
    saidBy: "runner",
    symptoms: [/unable to acquire instance/i],
    cause: "The autoscaler provided no instance for the job in time.",
    remedy:
      "Read the runner's own log and the provider's events: quota, capacity, rights, start time of an " +
      "instance.",
    source: "https://docs.gitlab.com/runner/executors/docker_autoscaler/",
  },
  {
    id: "network-vanished",
    saidBy: "runner",
    symptoms: [/\bnetwork \S+ not found/i],
    cause: "The job's network was removed on the runner's engine before the job's container joined it.",
    remedy: "Look on the runner's host for clean-up at that time, such as `docker network prune` in a timer.",
    source: DOCKER_EXECUTOR,
  },
  {
    id: "windows-version",
    symptoms: [/container operating system does not match the host operating system/i],
    cause: "A Windows container needs the host's Windows version, and the image has another.",
    remedy: "Use the image's tag for the version of the runner's host, or a host of the image's version.",
    source: "https://docs.gitlab.com/runner/executors/docker/#supported-windows-versions",
  },
];
