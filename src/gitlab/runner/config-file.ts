import { stringify, type TomlTable } from "smol-toml";
import type { Runner } from "../../model/runner.ts";
import type { Limits } from "../../model/service.ts";
import { securityOptions } from "../../model/user-namespaces.ts";

/** The variable of gitlab-runner's environment that holds GitLab's URL. */
export const URL_VARIABLE = "NESTBOX_GITLAB_URL";

/** The variable of gitlab-runner's environment that holds a runner's authentication token. */
export function tokenVariable(runner: string): string {
  return `NESTBOX_RUNNER_TOKEN_${runner.toUpperCase().replaceAll("-", "_")}`;
}

/** What concerns all runners of one gitlab-runner process. */
export interface RunnerProcess {
  /** Where it shows metrics, as `host:port`. @default nowhere */
  readonly metricsAddress?: string;
  /** A file of the engine's host that Docker daemons in jobs find as their daemon.json. @default none */
  readonly daemonConfig?: string;
  /**
   * A file in its own container with the authorities of GitLab's certificate, beside those that its system
   * knows.
   * @default none
   */
  readonly gitlabAuthorities?: string;
}

const DEFAULT_LIMIT = 4;
/** Beyond this many open questions GitLab gives jobs no sooner. */
const MOST_REQUESTS = 4;
/** Where the runner keeps what jobs shall find again: a volume for each project and slot. */
const CACHE_FOLDER = "/cache";

/**
 * gitlab-runner's config.toml for these runners. There is no secret in it: url and token are names of
 * variables, which gitlab-runner expands since 18.10.
 *
 * The keys are those of https://docs.gitlab.com/runner/configuration/advanced-configuration/
 * @param runners as {@link requireRunners} takes them
 */
export function configFile(runners: readonly Runner[], process: RunnerProcess = {}): string {
  const { metricsAddress } = process;
  const config: TomlTable = {
    concurrent: jobsAtOnce(runners),
    ...(metricsAddress !== undefined && { listen_address: metricsAddress }),
    runners: runners.map((runner) => runnerSection(runner, process)),
  };
  return `${HEADER}${stringify(config)}\n`;
}

const HEADER = `\
# Made by nestbox from sandboxes/runners.ts; changes here are lost.
# Needs gitlab-runner 18.10 or newer: it takes the address and the tokens out of its environment.

`;

/** How many jobs the runners run at once, all together. Each takes a network of the engine's. */
export function jobsAtOnce(runners: readonly Runner[]): number {
  return runners.reduce((sum, { limit = DEFAULT_LIMIT }) => sum + limit, 0);
}

function runnerSection(runner: Runner, process: RunnerProcess): TomlTable {
  const { name, limit = DEFAULT_LIMIT, dependencyCache = true } = runner;
  const { gitlabAuthorities } = process;
  return {
    name,
    url: `$${URL_VARIABLE}`,
    token: `$${tokenVariable(name)}`,
    ...(gitlabAuthorities !== undefined && { "tls-ca-file": gitlabAuthorities }),
    executor: "docker",
    limit,
    // A single question at a time waits out GitLab's long polling, and free slots wait with it.
    request_concurrency: Math.min(limit, MOST_REQUESTS),
    ...(dependencyCache && {
      environment: [`PIP_CACHE_DIR=${CACHE_FOLDER}/pip`, `npm_config_cache=${CACHE_FOLDER}/npm`],
    }),
    feature_flags: {
      // Here no job can turn it off.
      FF_NETWORK_PER_BUILD: true,
      // A new token would be written into this file, and known nowhere else.
      FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true,
    },
    docker: dockerSection(runner, process),
  };
}

function dockerSection(runner: Runner, { daemonConfig }: RunnerProcess): TomlTable {
  const { privilegedServices = [], sharedFolders = [], userNamespaces = false, mtu, helperImage } = runner;
  const { image = "alpine:3.22", pullPolicy = ["always", "if-not-present"] } = runner;
  return {
    image,
    privileged: false,
    // Of the job's container and its helper's; services have an option of their own.
    ...(userNamespaces && { security_opt: [...securityOptions()] }),
    services_privileged: privilegedServices.length > 0,
    // An empty list would allow every image.
    ...(privilegedServices.length > 0 && { allowed_privileged_services: [...privilegedServices] }),
    volumes: [
      CACHE_FOLDER,
      ...sharedFolders,
      // As documented:
      // https://docs.gitlab.com/ci/docker/using_docker_build/#enable-registry-mirror-for-dockerdind-service
      ...(daemonConfig !== undefined && privilegedServices.length > 0
        ? [`${daemonConfig}:/etc/docker/daemon.json:ro`]
        : []),
    ],
    pull_policy: [...pullPolicy],
    ...(helperImage !== undefined && { helper_image: helperImage }),
    ...(mtu !== undefined && { network_mtu: mtu }),
    ...limitKeys("", runner.jobLimits),
    ...limitKeys("service_", runner.serviceLimits),
  };
}

function limitKeys(prefix: string, { memory, cpus }: Limits = {}): TomlTable {
  return {
    ...(memory !== undefined && { [`${prefix}memory`]: memory.replace("iB", "").toLowerCase() }),
    ...(cpus !== undefined && { [`${prefix}cpus`]: String(cpus) }),
  };
}
