import { parse, TomlError, type TomlTable } from "smol-toml";
import type { Check } from "../check.ts";

/** What a configuration is judged by that is not in it. */
export interface ConfigSurroundings {
  /** The MTU of the way out of the runner's host, in bytes. @default not known, and nothing is said of it */
  readonly uplinkMtu?: number;
}

/**
 * What is good and bad about gitlab-runner's config.toml, whoever wrote it: what makes jobs fail, share what
 * they should not, or wait. Values are not repeated, for one may be a token.
 */
export function checkRunnerConfig(text: string, surroundings: ConfigSurroundings = {}): readonly Check[] {
  const config = readRunnerConfig(text);
  if (config instanceof TomlError) {
    const finding = `broken at line ${config.line}, column ${config.column}: ${config.message.split("\n")[0]}`;
    return [
      {
        id: "config-syntax",
        state: "problem",
        finding,
        remedy: "`gitlab-runner lint --config <file>` shows it, too, since gitlab-runner 19.3.",
      },
    ];
  }
  const runners = tables(config.runners);
  if (runners.length === 0) {
    const remedy = "Add a [[runners]] section, for example what `nestbox runner config` prints.";
    return [{ id: "config-runners", state: "problem", finding: "no runner in it", remedy }];
  }
  return [
    ...concurrencyChecks(config, runners),
    ...runners.flatMap((runner, place) =>
      checksOf({ runner, config, surroundings, path: pathOf(runner, place) }),
    ),
  ];
}

/** A config.toml as a table, or where it is broken. */
export function readRunnerConfig(text: string): TomlTable | TomlError {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}

/** A runner's section, and what it is judged by. */
interface Section {
  readonly runner: Table;
  readonly config: Table;
  readonly surroundings: ConfigSurroundings;
  /** `runners.big` */
  readonly path: string;
}

type Table = Readonly<Record<string, unknown>>;
/** What a rule finds: a check whose finding follows the path of the runner. */
type Rule = (section: Section, docker: Table) => Check | undefined;

function checksOf(section: Section): readonly Check[] {
  const { runner, path } = section;
  const name = path.slice("runners.".length);
  if (runner.executor !== "docker") {
    const finding = `${name}: only the Docker executor is looked at, and it has another`;
    return [{ id: "config-executor", state: "unknown", finding }];
  }
  const found = RULES.flatMap((rule) => rule(section, table(runner.docker)) ?? []);
  if (found.length > 0) return found;
  return [
    {
      id: "config-runner",
      state: "good",
      finding: `${name}: nothing in it that makes jobs fail or share what they should not`,
    },
  ];
}

const RULES: readonly Rule[] = [
  networkMode,
  networkPerBuild,
  privilegedJobs,
  privilegedServices,
  seccomp,
  hostSocket,
  certificates,
  requests,
  plainToken,
  mtu,
];

/**
 * Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/networks/manager.go
 */
function networkMode({ path, ...section }: Section, { network_mode: mode }: Table): Check | undefined {
  if (typeof mode !== "string" || mode === "") return undefined;
  const turnsOff = hasNetworkPerBuild(section.runner)
    ? "turns FF_NETWORK_PER_BUILD off without a word: services do not see each other, and jobs share a network"
    : "is set: services do not see each other, and jobs share a network";
  return {
    id: "config-network-mode",
    state: "problem",
    finding: `${path}.docker.network_mode ${turnsOff}`,
    remedy: "Take network_mode out, and set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].",
  };
}

function networkPerBuild({ runner, path }: Section, { network_mode: mode }: Table): Check | undefined {
  if (hasNetworkPerBuild(runner) || mode) return undefined;
  return {
    id: "config-network-per-build",
    state: "warning",
    finding: `${path}.feature_flags lacks FF_NETWORK_PER_BUILD: services do not see each other, and jobs share the engine's bridge`,
    remedy: "Set FF_NETWORK_PER_BUILD = true in [runners.feature_flags], where no job can turn it off.",
  };
}

function hasNetworkPerBuild({ feature_flags: flags }: Table): boolean {
  return table(flags).FF_NETWORK_PER_BUILD === true;
}

function privilegedJobs({ path }: Section, docker: Table): Check | undefined {
  if (docker.privileged !== true) return undefined;
  const only = texts(docker.allowed_privileged_images);
  return {
    id: "config-privileged",
    state: only.length > 0 ? "warning" : "problem",
    finding: `${path}.docker.privileged is true: ${only.length > 0 ? "jobs of some images are" : "every job is"} root on the host`,
    remedy:
      "Write privileged = false and services_privileged = true: Docker-in-Docker needs it for its service alone, not for the job.",
  };
}

function privilegedServices({ path }: Section, docker: Table): Check | undefined {
  if (!runsServicesPrivileged(docker)) return undefined;
  const allowed = texts(docker.allowed_privileged_services);
  const everything = allowed.find(allowsEverything);
  if (allowed.length > 0 && everything === undefined) return undefined;
  const how = everything === undefined ? "is empty" : `has "${everything}"`;
  return {
    id: "config-privileged-services",
    state: "problem",
    finding: `${path}.docker.allowed_privileged_services ${how}, which allows every image: whoever can start a job is root on the host`,
    remedy:
      'List the images of Docker-in-Docker alone: allowed_privileged_services = ["docker:dind", "docker:*-dind"].',
  };
}

/** As gitlab-runner matches them: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match */
function allowsEverything(pattern: string): boolean {
  return /^(?:\*+\/)?\*+(?::\*+)?$/.test(pattern);
}

function runsServicesPrivileged({ privileged, services_privileged: services }: Table): boolean {
  return (services ?? privileged) === true;
}

/** Source: https://docs.docker.com/engine/security/seccomp/ */
function seccomp({ path }: Section, docker: Table): Check | undefined {
  const key = ["security_opt", "services_security_opt"].find((name) =>
    texts(docker[name]).some((option) => /^seccomp[=:]unconfined$/.test(option)),
  );
  if (key === undefined) return undefined;
  return {
    id: "config-seccomp",
    state: "warning",
    finding: `${path}.docker.${key} has seccomp=unconfined: every job may ask anything of the host's kernel`,
    remedy:
      "For rootless image builds, take the profile that `nestbox runner config` writes for a runner with userNamespaces: true.",
  };
}

function hostSocket({ path }: Section, { volumes }: Table): Check | undefined {
  const bound = texts(volumes).some((volume) => /^(?:\/var)?\/run\/docker\.sock:|^\/:/.test(volume));
  if (!bound) return undefined;
  return {
    id: "config-host-socket",
    state: "problem",
    finding: `${path}.docker.volumes hands the host to every job: its Docker socket, or its whole disk`,
    remedy:
      "Remove it. Jobs that need Docker get a daemon of their own, as a docker:dind service; with the host's socket bound, such a service does not even start.",
  };
}

function certificates({ runner, path }: Section, docker: Table): Check | undefined {
  const isOff = texts(runner.environment).includes("DOCKER_TLS_CERTDIR=");
  const isShared = texts(docker.volumes).some((volume) => /(?:^|:)\/certs(?:\/client)?(?::|$)/.test(volume));
  if (!runsServicesPrivileged(docker) || isOff || isShared) return undefined;
  return {
    id: "config-certificates",
    state: "warning",
    finding: `${path}.docker.volumes lacks /certs/client: jobs do not find the certificates of Docker-in-Docker with TLS, which is its default`,
    remedy:
      'Add it: volumes = ["/cache", "/certs/client"]. Without TLS, set DOCKER_TLS_CERTDIR to nothing for all jobs.',
  };
}

/** Source: https://docs.gitlab.com/runner/configuration/advanced-configuration/#long-polling-issues */
function requests({ runner, config, path }: Section): Check | undefined {
  const { limit = 0, request_concurrency: open = 1 } = runner;
  if (open !== 1 || limit === 1 || concurrentOf(config) === 1) return undefined;
  return {
    id: "config-requests",
    state: "warning",
    finding: `${path}.request_concurrency is 1: while GitLab holds that one question open, up to a minute, free slots wait`,
    remedy: "Set it to 2 or more; beyond 4 jobs come no sooner.",
  };
}

function plainToken({ runner, path }: Section): Check | undefined {
  const { token } = runner;
  if (typeof token !== "string" || token === "" || /^\$\{?\w+\}?$/.test(token)) return undefined;
  return {
    id: "config-token",
    state: "warning",
    finding: `${path}.token is in the file as it is: whoever reads it can take the runner's jobs, and their secrets`,
    remedy: 'Since gitlab-runner 18.10, token = "$VARIABLE" takes it out of the process\'s environment.',
  };
}

function mtu({ surroundings, path, runner }: Section, { network_mtu: said }: Table): Check | undefined {
  const { uplinkMtu } = surroundings;
  const effective = typeof said === "number" && said > 0 ? said : DOCKERS_MTU;
  if (uplinkMtu === undefined || effective <= uplinkMtu || !hasNetworkPerBuild(runner)) return undefined;
  return {
    id: "config-mtu",
    state: "problem",
    finding: `${path}.docker.network_mtu is ${said === undefined ? `not set, which is ${DOCKERS_MTU}` : effective}, and ${uplinkMtu} leave this machine: large packets of jobs get lost`,
    remedy: `If jobs run on this machine: network_mtu = ${uplinkMtu}.`,
  };
}

/** What Docker gives a network that says nothing about it. */
const DOCKERS_MTU = 1500;

function concurrencyChecks(config: Table, runners: readonly Table[]): readonly Check[] {
  const concurrent = concurrentOf(config);
  const wanted = Math.max(
    runners.length,
    ...runners.map(({ limit }) => (typeof limit === "number" ? limit : 0)),
  );
  if (concurrent >= wanted) return [];
  return [
    {
      id: "config-concurrent",
      state: "warning",
      finding: `concurrent is ${concurrent}, for all runners together: less than what they need, ${wanted}`,
      remedy: "Set it to the sum of the runners' limits; it is 1 where it is not said.",
    },
  ];
}

function concurrentOf({ concurrent }: Table): number {
  return typeof concurrent === "number" ? concurrent : 1;
}

function pathOf({ name }: Table, place: number): string {
  return `runners.${typeof name === "string" && name !== "" ? name : place + 1}`;
}

function table(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function tables(value: unknown): readonly Table[] {
  return Array.isArray(value) ? value.map(table) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
