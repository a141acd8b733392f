import type { GitLabSettings } from "../model/gitlab.ts";
import type { JobDefinition } from "../model/job.ts";
import type { Probe } from "../model/probe.ts";
import type { NetworkDefinition, SandboxDefinition } from "../model/sandbox.ts";
import type { ServiceDefinition } from "../model/service.ts";

/**
 * Where a declaration becomes real: Docker resources of a Pulumi stack, a compose file, and a job in GitLab
 * CI with its services as `services:` (one of which may be a Docker daemon), or in the compose file within a
 * Docker daemon of its own.
 */
export const TARGETS = ["docker", "compose", "gitlab services", "gitlab compose"] as const;

export type Target = (typeof TARGETS)[number];

/**
 * How a target expresses a property: as it is said (`yes`), by taking another way (`by compose`: a job whose
 * sandbox says this does not get its services as GitLab's `services:`), not at all because it means nothing
 * there (`no meaning`), or something else instead, which is a loss.
 */
export type Support = "yes" | "by compose" | "no meaning" | Loss;

/** What a target cannot express, and what it does instead. */
export interface Loss {
  readonly instead: string;
  /** Not every use of the property is one: which values are, in words. @default all of them */
  readonly of?: string;
}

/** How each target expresses one property. */
export type Row = Readonly<Record<Target, Support>>;

const everywhere: Row = { docker: "yes", compose: "yes", "gitlab services": "yes", "gitlab compose": "yes" };

/** By compose in GitLab, if need be. */
const notAsServices: Row = { ...everywhere, "gitlab services": "by compose" };

const GITLAB_ALONE: Row = { ...everywhere, docker: "no meaning", compose: "no meaning" };

function inCompose(loss: Loss): Pick<Row, "compose" | "gitlab compose"> {
  return { compose: loss, "gitlab compose": loss };
}

const LIMITS: Row = {
  ...everywhere,
  "gitlab services": { instead: "the limits in the runner's own configuration hold" },
};

const TMPFS: Row = {
  ...everywhere,
  "gitlab services": { instead: "the folder is on the disk of the container" },
};

const LONGEST_LIFE = "the volume lives in the Docker daemon of the job, and ends with it";

/**
 * How each target expresses every property of a declaration. The compiler asks for a row when the model gets
 * a property; what is lost for one declaration, and the table in docs/losses.md, are made from this.
 */
export const SUPPORT = {
  sandbox: {
    description: {
      ...everywhere,
      compose: "no meaning",
      "gitlab services": "no meaning",
      "gitlab compose": "no meaning",
    },
    perBranch: {
      ...everywhere,
      compose: { instead: "one project for all branches; `docker compose --project-name` makes another" },
    },
    networks: { ...everywhere, "gitlab services": "by compose" },
    volumes: { ...notAsServices, "gitlab compose": { instead: LONGEST_LIFE } },
  } satisfies Readonly<Record<Exclude<keyof SandboxDefinition<unknown>, "services" | "jobs">, Row>>,
  network: {
    internal: notAsServices,
  } satisfies Readonly<Record<keyof NetworkDefinition, Row>>,
  service: {
    image: everywhere,
    networks: notAsServices,
    volumes: {
      ...everywhere,
      "gitlab services": { instead: "the data stays in the container, and ends with the job" },
    },
    tmpfs: TMPFS,
    limits: LIMITS,
    extraHosts: notAsServices,
    user: everywhere,
    profiles: everywhere,
    alias: everywhere,
    command: everywhere,
    entrypoint: everywhere,
    env: everywhere,
    ports: everywhere,
    publish: {
      docker: "yes",
      ...inCompose({
        of: "fixed ports",
        instead: "a free port, so that two projects can run at once; `docker compose port` tells it",
      }),
      "gitlab services": { instead: "the port is reached from the job's own network alone" },
    },
    files: {
      ...notAsServices,
      ...inCompose({
        of: "files of the project",
        instead: "bound read-only from the checkout, with its owner and mode, and seen changing",
      }),
    },
    probe: everywhere,
    after: notAsServices,
    runsOnce: notAsServices,
    completesWithin: { ...notAsServices, ...inCompose({ instead: "no limit but the job's own" }) },
    privileged: everywhere,
    shares: everywhere,
    dockerDaemon: everywhere,
    stop: { ...everywhere, "gitlab services": { instead: "the runner kills it when the job has ended" } },
  } satisfies Readonly<Record<keyof ServiceDefinition, Row>>,
  probe: {
    exec: {
      ...everywhere,
      "gitlab services": {
        of: "commands without a `fromOutside`",
        instead: "the job waits until the first port can be dialled",
      },
    },
    tcp: everywhere,
    http: everywhere,
    log: {
      docker: "yes",
      ...inCompose({ instead: "waits until the service listens on its first port" }),
      "gitlab services": { instead: "the job waits until the first port can be dialled" },
    },
    image: {
      ...everywhere,
      "gitlab services": { instead: "the job waits until the first port can be dialled" },
    },
  } satisfies Readonly<Record<Probe["kind"], Row>>,
  job: {
    image: {
      ...everywhere,
      compose: { of: "variables", instead: "taken from the environment of `docker compose`" },
    },
    networks: notAsServices,
    volumes: {
      ...everywhere,
      "gitlab services": { instead: "a folder in GitLab's cache, which may be empty at any time" },
    },
    tmpfs: TMPFS,
    limits: LIMITS,
    extraHosts: notAsServices,
    user: everywhere,
    profiles: everywhere,
    files: { ...everywhere, "gitlab services": { instead: "the job's own checkout, which it may change" } },
    workingFolder: everywhere,
    env: everywhere,
    entrypoint: everywhere,
    before: everywhere,
    script: everywhere,
    cleanup: everywhere,
    userNamespaces: everywhere,
    needs: { ...everywhere, compose: { instead: "no job starts another: run them in their order" } },
    variablesFile: {
      ...everywhere,
      compose: { instead: "the file goes with the job's container" },
      "gitlab compose": "no meaning",
    },
    timeout: { ...everywhere, compose: { instead: "no limit" } },
    gitlab: GITLAB_ALONE,
  } satisfies Readonly<Record<keyof JobDefinition, Row>>,
  gitlab: {
    way: GITLAB_ALONE,
    runner: GITLAB_ALONE,
    stage: GITLAB_ALONE,
    allowedExitCodes: GITLAB_ALONE,
  } satisfies Readonly<Record<keyof GitLabSettings, Row>>,
} as const;
