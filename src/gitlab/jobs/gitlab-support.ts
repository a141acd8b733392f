import { COMPOSE } from "../../compose/compose-support.ts";
import type { Target } from "../../losses/support.ts";
import { properties } from "../../model/properties.ts";

const LIMITS = "the limits in the runner's configuration apply";
const TMPFS = "a folder on the container's disk";
const OPEN_PORT = "the job waits until the first port accepts connections";

/** How a GitLab job with GitLab's `services:` expresses each property of a declaration. */
export const GITLAB_SERVICES: Target = {
  name: "gitlab services",
  support: {
    sandbox: {
      description: "no meaning",
      perBranch: "yes",
      ...properties("by compose", "networks", "volumes"),
    },
    network: { internal: "by compose" },
    service: {
      ...properties("yes", "image", "user", "profiles", "alias", "command", "entrypoint", "env", "ports"),
      ...properties("yes", "probe", "privileged", "shares", "dockerDaemon"),
      ...properties("by compose", "networks", "extraHosts", "files", "after", "runsOnce", "completesWithin"),
      volumes: {
        instead: "the data is in the container and is removed after the job",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      tmpfs: { instead: TMPFS, isLost: ({ tmpfs }) => isFilled(tmpfs) },
      limits: { instead: LIMITS, isLost: ({ limits }) => isFilled(limits) },
      publish: {
        instead: "the port is reachable only from the job's network",
        isLost: ({ published }) => published.length > 0,
      },
      stop: {
        instead: "the runner kills the service after the job",
        isLost: ({ stop: { signal, grace } }) => signal !== undefined || grace !== "10s",
      },
    },
    probe: {
      exec: {
        appliesTo: "commands without a `fromOutside`",
        instead: OPEN_PORT,
        isLost: ({ remoteProbe }) => remoteProbe?.exact !== true,
      },
      ...properties("yes", "tcp", "http"),
      log: { instead: OPEN_PORT, isLost: () => true },
      image: { instead: OPEN_PORT, isLost: () => true },
    },
    job: {
      ...properties("yes", "image", "user", "profiles", "workingFolder", "env", "entrypoint", "before"),
      ...properties("yes", "script", "cleanup", "userNamespaces", "needs", "variablesFile", "timeout"),
      ...properties("by compose", "networks", "extraHosts"),
      volumes: {
        instead: "a folder in GitLab's cache, which may be empty at any time",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      tmpfs: { instead: TMPFS, isLost: ({ tmpfs }) => isFilled(tmpfs) },
      limits: { instead: LIMITS, isLost: ({ limits }) => isFilled(limits) },
      files: {
        instead: "the job's checkout, which is writable",
        isLost: ({ projectFiles }) => projectFiles !== undefined,
      },
      gitlab: "yes",
    },
    gitlab: properties("yes", "strategy", "runner", "stage", "allowedExitCodes"),
  },
};

/** How a GitLab job that runs the compose file in its own Docker daemon expresses each property. */
export const GITLAB_COMPOSE: Target = {
  name: "gitlab compose",
  support: {
    ...COMPOSE.support,
    sandbox: {
      ...COMPOSE.support.sandbox,
      perBranch: "yes",
      volumes: {
        instead: "the volume is in the job's Docker daemon and is removed with it",
        isLost: ({ volumes }) => volumes.some(({ sharedBy }) => sharedBy === undefined),
      },
    },
    job: {
      ...COMPOSE.support.job,
      ...properties("yes", "image", "needs", "timeout", "gitlab"),
      variablesFile: "no meaning",
    },
    gitlab: GITLAB_SERVICES.support.gitlab,
  },
};

/** Whether an object has any properties. */
export function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}
