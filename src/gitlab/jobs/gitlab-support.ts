import { COMPOSE } from "../../compose/compose-support.ts";
import { isLostLimit } from "../../losses/lost-privileges.ts";
import { type LossTable, otherOverrides } from "../../losses/support.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { properties } from "../../model/properties.ts";

const OPEN_PORT = "the job waits until the first port accepts connections";

/** What a service and a job have in common. */
const CONTAINER = {
  image: { appliesTo: "builds", instead: "by compose, unless a strategy is declared", isLost: () => false },
  tmpfs: {
    instead: "a folder on the container's disk",
    differs: "always" as const,
    isLost: ({ tmpfs }: PlannedContainer) => isFilled(tmpfs),
  },
  limits: {
    instead: "the limits in the runner's configuration apply",
    differs: "always" as const,
    isLost: ({ limits }: PlannedContainer) => isFilled(limits),
  },
  override: otherOverrides("gitlab"),
  shmSize: {
    instead: "`shm_size` in the runner's configuration applies",
    differs: "sometimes" as const,
    isLost: ({ shmSize }: PlannedContainer) => shmSize !== undefined,
  },
  sysctls: {
    instead: "`sysctls` in the runner's configuration apply",
    differs: "sometimes" as const,
    isLost: ({ sysctls = {} }: PlannedContainer) => isFilled(sysctls),
  },
  labels: {
    instead: "`container_labels` in the runner's configuration apply",
    isLost: ({ labels = {} }: PlannedContainer) => isFilled(labels),
  },
  ulimits: {
    instead: "`ulimit` in the runner's configuration applies",
    differs: "sometimes" as const,
    isLost: ({ ulimits = {} }: PlannedContainer) => isFilled(ulimits),
  },
  capAdd: {
    instead: "`cap_add` in the runner's configuration applies",
    differs: "sometimes" as const,
    isLost: ({ capAdd = [] }: PlannedContainer) => capAdd.length > 0,
  },
  capDrop: {
    instead: "`cap_drop` in the runner's configuration applies",
    differs: "sometimes" as const,
    isLost: ({ capDrop = [] }: PlannedContainer) => capDrop.length > 0,
  },
  noNewPrivileges: {
    instead: "`security_opt` or `services_security_opt` in the runner's configuration applies",
    differs: "sometimes" as const,
    isLost: ({ noNewPrivileges }: PlannedContainer) => (noNewPrivileges ? "by default" : false),
  },
  pidsLimit: {
    instead: "the limit of the runner's engine",
    differs: "sometimes" as const,
    isLost: ({ pidsLimit }: PlannedContainer) => isLostLimit(pidsLimit),
  },
};

/** What a GitLab job with GitLab's `services:` does not express as declared. */
export const GITLAB_SERVICES = {
  name: "gitlab services",
  exceptions: {
    sandbox: {
      description: "no meaning",
      ...properties("by compose", "networks", "volumes"),
    },
    network: { internal: "by compose" },
    service: {
      ...properties("by compose", "networks", "extraHosts", "files", "after", "runsOnce", "completesWithin"),
      volumes: {
        instead: "the data is in the container and is removed after the job",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      ...CONTAINER,
      workingFolder: {
        instead: "the image's working folder",
        differs: "sometimes",
        isLost: ({ workingFolder }) => workingFolder !== undefined,
      },
      publish: {
        instead: "the port is reachable only from the job's network",
        isLost: ({ published }) => published.length > 0,
      },
      seed: "no meaning",
      stop: {
        instead: "the runner kills the service after the job",
        isLost: ({ stop: { signal, grace } }) => signal !== undefined || grace !== "10s",
      },
    },
    probe: {
      exec: {
        appliesTo: "commands without a `fromOutside`",
        instead: OPEN_PORT,
        differs: "sometimes",
        isLost: ({ remoteProbe }) => remoteProbe?.exact !== true,
      },
      log: { instead: OPEN_PORT, differs: "sometimes", isLost: () => true },
      image: { instead: OPEN_PORT, differs: "sometimes", isLost: () => true },
    },
    job: {
      ...properties("by compose", "networks", "extraHosts"),
      volumes: {
        instead: "a folder in GitLab's cache, which may be empty at any time",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      ...CONTAINER,
    },
  },
} satisfies LossTable;

const { sandbox, service, probe, job } = COMPOSE.exceptions;
const { perBranch: _perBranch, ...ofSandbox } = sandbox;
const {
  image: _image,
  needs: _needs,
  timeout: _timeout,
  artifacts: _artifacts,
  gitlab: _gitlab,
  ...ofJob
} = job;

/** What a GitLab job that runs the compose file in its own Docker daemon does not express as declared. */
export const GITLAB_COMPOSE = {
  name: "gitlab compose",
  exceptions: {
    probe,
    service: {
      ...service,
      files: {
        appliesTo: "files of the project",
        instead:
          "a bind mount from the job's checkout, with its owner and mode, read-only without `mount`; " +
          "nothing flows back",
        isLost: ({ files }) => files.some(({ source }) => "path" in source),
      },
    },
    sandbox: {
      ...ofSandbox,
      volumes: {
        instead: "the volume is in the job's Docker daemon and is removed with it",
        isLost: ({ volumes }) => volumes.some(({ sharedBy }) => sharedBy === undefined),
      },
    },
    job: {
      ...ofJob,
      ...properties("no meaning", "variablesFile", "artifacts"),
      override: otherOverrides("gitlab", "compose"),
    },
  },
} satisfies LossTable;

/** Whether an object has any properties. */
export function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}
