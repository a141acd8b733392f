import { COMPOSE } from "../../compose/compose-support.ts";
import type { Target } from "../../losses/support.ts";

const LIMITS = "the limits in the runner's configuration apply";
const TMPFS = "a folder on the container's disk";
const OPEN_PORT = "the job waits until the first port accepts connections";

/** How a GitLab job with GitLab's `services:` expresses each property of a declaration. */
export const GITLAB_SERVICES: Target = {
  name: "gitlab services",
  support: {
    sandbox: { description: "no meaning", perBranch: "yes", networks: "by compose", volumes: "by compose" },
    network: { internal: "by compose" },
    service: {
      image: "yes",
      networks: "by compose",
      volumes: {
        instead: "the data is in the container and is removed after the job",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      tmpfs: { instead: TMPFS, isLost: ({ tmpfs }) => isFilled(tmpfs) },
      limits: { instead: LIMITS, isLost: ({ limits }) => isFilled(limits) },
      extraHosts: "by compose",
      user: "yes",
      profiles: "yes",
      alias: "yes",
      command: "yes",
      entrypoint: "yes",
      env: "yes",
      ports: "yes",
      publish: {
        instead: "the port is reachable only from the job's network",
        isLost: ({ published }) => published.length > 0,
      },
      files: "by compose",
      probe: "yes",
      after: "by compose",
      runsOnce: "by compose",
      completesWithin: "by compose",
      privileged: "yes",
      shares: "yes",
      dockerDaemon: "yes",
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
      tcp: "yes",
      http: "yes",
      log: { instead: OPEN_PORT, isLost: () => true },
      image: { instead: OPEN_PORT, isLost: () => true },
    },
    job: {
      image: "yes",
      networks: "by compose",
      volumes: {
        instead: "a folder in GitLab's cache, which may be empty at any time",
        isLost: ({ mounts }) => mounts.some(({ declared }) => declared),
      },
      tmpfs: { instead: TMPFS, isLost: ({ tmpfs }) => isFilled(tmpfs) },
      limits: { instead: LIMITS, isLost: ({ limits }) => isFilled(limits) },
      extraHosts: "by compose",
      user: "yes",
      profiles: "yes",
      files: {
        instead: "the job's checkout, which is writable",
        isLost: ({ projectFiles }) => projectFiles !== undefined,
      },
      workingFolder: "yes",
      env: "yes",
      entrypoint: "yes",
      before: "yes",
      script: "yes",
      cleanup: "yes",
      userNamespaces: "yes",
      needs: "yes",
      variablesFile: "yes",
      timeout: "yes",
      gitlab: "yes",
    },
    gitlab: { strategy: "yes", runner: "yes", stage: "yes", allowedExitCodes: "yes" },
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
      image: "yes",
      needs: "yes",
      variablesFile: "no meaning",
      timeout: "yes",
      gitlab: "yes",
    },
    gitlab: GITLAB_SERVICES.support.gitlab,
  },
};

function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}
