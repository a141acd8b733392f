import { parse, TomlError, type TomlTable } from "smol-toml";
import { DEFAULT_MTU } from "../../machine/uplink.ts";
import type { Check } from "../check.ts";

/** The host of a runner. */
export interface RunnerPlacement {
  /** The MTU of the host's uplink, in bytes. @default unknown: the MTU is not checked */
  readonly uplinkMtu?: number;
}

/**
 * The checks of any config.toml of gitlab-runner: settings that make jobs fail, wait, or share too much.
 * Findings contain no values, since one may be a token.
 */
export function checkRunnerConfig(text: string, placement: RunnerPlacement = {}): readonly Check[] {
  const config = readRunnerConfig(text);
  if (config instanceof TomlError) {
    const finding =
      `broken at line ${config.line}, column ${config.column}: ` + `${config.message.split("\n")[0]}`;
    return [
      {
        id: "config-syntax",
        state: "problem",
        finding,
        remedy: "Correct the file; since gitlab-runner 19.3, `gitlab-runner lint --config <file>` checks it.",
      },
    ];
  }
  const runners = tables(config.runners);
  if (runners.length === 0) {
    const remedy = "Add a [[runners]] section, for example the output of `nestbox runner config`.";
    return [{ id: "config-runners", state: "problem", finding: "no runner is configured", remedy }];
  }
  return [
    ...concurrencyChecks(config, runners),
    ...runners.flatMap((runner, index) =>
      checksOf({ runner, config, placement, path: pathOf(runner, index) }),
    ),
  ];
}

/** Parses a config.toml. A syntax error is returned, not thrown. */
export function readRunnerConfig(text: string): TomlTable | TomlError {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}

/** A runner's section of the file, with its context. */
interface Section {
  readonly runner: Table;
  readonly config: Table;
  readonly placement: RunnerPlacement;
  /** `runners.big` */
  readonly path: string;
}

type Table = Readonly<Record<string, unknown>>;
/** A check of one setting. Undefined if the setting is fine. */
type Rule = (section: Section, docker: Table) => Check | undefined;

function checksOf(section: Section): readonly Check[] {
  const { runner, path } = section;
  const name = path.slice("runners.".length);
  if (runner.executor !== "docker") {
    const finding = `${name}: only the Docker executor is checked, and this runner uses another`;
    return [{ id: "config-executor", state: "unknown", finding }];
  }
  const found = RULES.flatMap((rule) => rule(section, table(runner.docker)) ?? []);
  if (found.length > 0) return found;
  return [
    {
      id: "config-runner",
      state: "good",
      finding: `${name}: no setting makes jobs fail, wait, or share too much`,
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
    ? "silently turns FF_NETWORK_PER_BUILD off: services do not resolve each other, and jobs share a network"
    : "is set: services do not resolve each other, and jobs share a network";
  return {
    id: "config-network-mode",
    state: "problem",
    finding: `${path}.docker.network_mode ${turnsOff}`,
    remedy: "Remove network_mode, and set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].",
  };
}

function networkPerBuild({ runner, path }: Section, { network_mode: mode }: Table): Check | undefined {
  if (hasNetworkPerBuild(runner) || mode) return undefined;
  return {
    id: "config-network-per-build",
    state: "warning",
    finding:
      `${path}.feature_flags lacks FF_NETWORK_PER_BUILD: services do not resolve each other, and jobs ` +
      "share the engine's bridge",
    remedy: "Set FF_NETWORK_PER_BUILD = true in [runners.feature_flags]: jobs cannot turn it off there.",
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
    finding:
      `${path}.docker.privileged is true: ` +
      `${only.length > 0 ? "jobs of some images are" : "each job is"} root on the host`,
    remedy:
      "Set privileged = false and services_privileged = true: Docker-in-Docker requires it only for the " +
      "service.",
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
    finding:
      `${path}.docker.allowed_privileged_services ${how}, which allows every image: anyone who can ` +
      "start a job is root on the host",
    remedy:
      'List only the images of Docker-in-Docker: allowed_privileged_services = ["docker:dind", ' +
      '"docker:*-dind"].',
  };
}

/** The patterns of gitlab-runner: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match */
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
    finding:
      `${path}.docker.${key} has seccomp=unconfined: each job may use every system call of the host's ` +
      "kernel",
    remedy:
      "For rootless image builds, use the profile that `nestbox runner config` prints for a runner with " +
      "userNamespaces: true.",
  };
}

function hostSocket({ path }: Section, { volumes }: Table): Check | undefined {
  const bound = texts(volumes).some((volume) => /^(?:\/var)?\/run\/docker\.sock:|^\/:/.test(volume));
  if (!bound) return undefined;
  return {
    id: "config-host-socket",
    state: "problem",
    finding: `${path}.docker.volumes gives each job control of the host: its socket or its root folder`,
    remedy:
      "Remove it. Jobs that need Docker use a docker:dind service, which does not start while the " +
      "host's socket is mounted.",
  };
}

function certificates({ runner, path }: Section, docker: Table): Check | undefined {
  const isOff = texts(runner.environment).includes("DOCKER_TLS_CERTDIR=");
  const isShared = texts(docker.volumes).some((volume) => /(?:^|:)\/certs(?:\/client)?(?::|$)/.test(volume));
  if (!runsServicesPrivileged(docker) || isOff || isShared) return undefined;
  return {
    id: "config-certificates",
    state: "warning",
    finding:
      `${path}.docker.volumes lacks /certs/client: jobs do not find the certificates of ` +
      "Docker-in-Docker, which uses TLS by default",
    remedy:
      'Add it: volumes = ["/cache", "/certs/client"]. Without TLS, set DOCKER_TLS_CERTDIR to an empty ' +
      "value for all jobs.",
  };
}

/** Source: https://docs.gitlab.com/runner/configuration/advanced-configuration/#long-polling-issues */
function requests({ runner, config, path }: Section): Check | undefined {
  const { limit = 0, request_concurrency: open = 1 } = runner;
  if (open !== 1 || limit === 1 || concurrentOf(config) === 1) return undefined;
  return {
    id: "config-requests",
    state: "warning",
    finding:
      `${path}.request_concurrency is 1: while GitLab holds the only request open, up to a minute, free ` +
      "slots wait",
    remedy: "Set it to a value from 2 to 4; higher values start jobs no sooner.",
  };
}

function plainToken({ runner, path }: Section): Check | undefined {
  const { token } = runner;
  if (typeof token !== "string" || token === "" || /^\$\{?\w+\}?$/.test(token)) return undefined;
  return {
    id: "config-token",
    state: "warning",
    finding:
      `${path}.token is in the file in plain text: anyone who reads it can take the runner's jobs, and ` +
      "their secrets",
    remedy: 'Set token = "$VARIABLE": gitlab-runner since 18.10 reads it from the environment.',
  };
}

function mtu({ placement, path, runner }: Section, { network_mtu: configured }: Table): Check | undefined {
  const { uplinkMtu } = placement;
  const effective = typeof configured === "number" && configured > 0 ? configured : DEFAULT_MTU;
  if (uplinkMtu === undefined || effective <= uplinkMtu || !hasNetworkPerBuild(runner)) return undefined;
  const value = configured === undefined ? `not set, which is ${DEFAULT_MTU}` : effective;
  return {
    id: "config-mtu",
    state: "problem",
    finding:
      `${path}.docker.network_mtu is ${value}, above this machine's uplink with ${uplinkMtu}: large ` +
      "packets of jobs are dropped",
    remedy: `If jobs run on this machine, set network_mtu = ${uplinkMtu}.`,
  };
}

function concurrencyChecks(config: Table, runners: readonly Table[]): readonly Check[] {
  const concurrent = concurrentOf(config);
  const required = Math.max(
    runners.length,
    ...runners.map(({ limit }) => (typeof limit === "number" ? limit : 0)),
  );
  if (concurrent >= required) return [];
  return [
    {
      id: "config-concurrent",
      state: "warning",
      finding: `concurrent is ${concurrent}, for all runners together: less than the required ${required}`,
      remedy: "Set it to the sum of the runners' limits; the default is 1.",
    },
  ];
}

function concurrentOf({ concurrent }: Table): number {
  return typeof concurrent === "number" ? concurrent : 1;
}

function pathOf({ name }: Table, index: number): string {
  return `runners.${typeof name === "string" && name !== "" ? name : index + 1}`;
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
