import { COMPOSE } from "../../compose/support.ts";
import type { Target } from "../../losses/support.ts";

const LIMITS = "the limits in the runner's own configuration hold";
const TMPFS = "the folder is on the disk of the container";
const DIALS = "the job waits until the first port can be dialled";

/** How a GitLab job that gets its services as GitLab's `services:` expresses each property of a declaration. */
export const GITLAB_SERVICES: Target = {
  name: "gitlab services",
  support: {
    sandbox: { description: "no meaning", perBranch: "yes", networks: "by compose", volumes: "by compose" },
    network: { internal: "by compose" },
    service: {
      image: "yes",
      networks: "by compose",
      volumes: {
        instead: "the data stays in the container, and ends with the job",
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
        instead: "the port is reached from the job's own network alone",
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
        instead: "the runner kills it when the job has ended",
        isLost: ({ stop: { signal, grace } }) => signal !== undefined || grace !== "10s",
      },
    },
    probe: {
      exec: {
        of: "commands without a `fromOutside`",
        instead: DIALS,
        isLost: ({ remoteProbe }) => remoteProbe?.exact !== true,
      },
      tcp: "yes",
      http: "yes",
      log: { instead: DIALS, isLost: () => true },
      image: { instead: DIALS, isLost: () => true },
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
        instead: "the job's own checkout, which it may change",
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

/** The same for a job that runs in the compose file, in a Docker daemon of its own. */
export const GITLAB_COMPOSE: Target = {
  name: "gitlab compose",
  support: {
    ...COMPOSE.support,
    sandbox: {
      ...COMPOSE.support.sandbox,
      perBranch: "yes",
      volumes: {
        instead: "the volume lives in the Docker daemon of the job, and ends with it",
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
