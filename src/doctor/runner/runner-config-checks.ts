import { parse, TomlError, type TomlTable } from "smol-toml";
import { DEFAULT_MTU } from "../../machine/uplink.ts";
import { type Check, failed, good, uncertain, warning } from "../check.ts";

/**
 * The checks of any config.toml of gitlab-runner: settings that make jobs fail, wait, or share too much.
 * Findings contain no values, since one may be a token.
 * @param uplinkMtu the MTU of the host's uplink, in bytes. @default unknown: the MTU is not checked
 */
export function checkRunnerConfig(text: string, uplinkMtu?: number): readonly Check[] {
  const config = readRunnerConfig(text);
  if (config instanceof TomlError) {
    const [message] = config.message.split("\n");
    const finding = `broken at line ${config.line}, column ${config.column}: ${message}`;
    const lint = "since gitlab-runner 19.3, `gitlab-runner lint --config <file>` checks it";
    return [failed("config-syntax", finding, `Correct the file; ${lint}.`)];
  }
  const runners = tables(config.runners);
  if (runners.length === 0) {
    const remedy = "Add a [[runners]] section, for example the output of `nestbox runner config`.";
    return [failed("config-runners", "no runner is configured", remedy)];
  }
  const checks = runners.map((runner, index) => checkSection({ runner, config, uplinkMtu }, index));
  return [...checkConcurrency(config, runners), ...checks.flat()];
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

type Table = Readonly<Record<string, unknown>>;

/** A runner's section of the file, with its context. */
interface Section {
  readonly runner: Table;
  readonly docker: Table;
  /** The path of the section: `runners.dind`. */
  readonly path: string;
  readonly config: Table;
  readonly uplinkMtu: number | undefined;
}

const RULES = [networkChecks, privilegeChecks, jobChecks];

/** @param index the index of the section, which names a runner without a name */
function checkSection(context: Pick<Section, "runner" | "config" | "uplinkMtu">, index: number) {
  const { executor, name: given, docker } = context.runner;
  const name = typeof given === "string" && given !== "" ? given : String(index + 1);
  if (executor !== "docker") {
    const finding = `${name}: only the Docker executor is checked, and this runner uses another`;
    return [uncertain("config-executor", finding)];
  }
  const section = { ...context, docker: table(docker), path: `runners.${name}` };
  const found = RULES.flatMap((rule) => [...rule(section)]);
  if (found.length > 0) return found;
  return [good("config-runner", `${name}: no setting makes jobs fail, wait, or share too much`)];
}

/**
 * Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/executors/docker/internal/networks/manager.go
 */
function* networkChecks({ runner, docker: { network_mode: mode }, path }: Section): Iterable<Check> {
  if (typeof mode === "string" && mode !== "") {
    const effect = hasNetworkPerBuild(runner) ? "silently turns FF_NETWORK_PER_BUILD off" : "is set";
    yield failed(
      "config-network-mode",
      `${path}.docker.network_mode ${effect}: services do not resolve each other, and jobs share a network`,
      "Remove network_mode, and set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].",
    );
  }
  if (!hasNetworkPerBuild(runner) && !mode)
    yield warning(
      "config-network-per-build",
      `${path}.feature_flags lacks FF_NETWORK_PER_BUILD: services do not resolve each other, and jobs ` +
        "share the engine's bridge",
      "Set FF_NETWORK_PER_BUILD = true in [runners.feature_flags]: jobs cannot turn it off there.",
    );
}

function hasNetworkPerBuild({ feature_flags: flags }: Table): boolean {
  return table(flags).FF_NETWORK_PER_BUILD === true;
}

function* privilegeChecks({ docker, path }: Section): Iterable<Check> {
  if (docker.privileged === true) {
    const isLimited = texts(docker.allowed_privileged_images).length > 0;
    const who = isLimited ? "jobs of some images are" : "each job is";
    yield (isLimited ? warning : failed)(
      "config-privileged",
      `${path}.docker.privileged is true: ${who} root on the host`,
      "Set privileged = false and services_privileged = true: Docker-in-Docker requires it only for the " +
        "service.",
    );
  }
  const allowed = texts(docker.allowed_privileged_services);
  const everything = allowed.find(allowsEveryImage);
  if (runsServicesPrivileged(docker) && (allowed.length === 0 || everything !== undefined)) {
    const how = everything === undefined ? "is empty" : `has "${everything}"`;
    yield failed(
      "config-privileged-services",
      `${path}.docker.allowed_privileged_services ${how}, which allows every image: anyone who can ` +
        "start a job is root on the host",
      'List only the images of Docker-in-Docker: allowed_privileged_services = ["docker:dind", ' +
        '"docker:*-dind"].',
    );
  }
  // https://docs.docker.com/engine/security/seccomp/
  const unconfined = ["security_opt", "services_security_opt"].find((name) =>
    texts(docker[name]).some((option) => /^seccomp[=:]unconfined$/.test(option)),
  );
  if (unconfined !== undefined)
    yield warning(
      "config-seccomp",
      `${path}.docker.${unconfined} has seccomp=unconfined: each job may use every system call of the ` +
        "host's kernel",
      "For rootless image builds, use the profile that `nestbox runner config` prints for a runner with " +
        "userNamespaces: true.",
    );
  if (texts(docker.volumes).some((volume) => /^(?:\/var)?\/run\/docker\.sock:|^\/:/.test(volume)))
    yield failed(
      "config-host-socket",
      `${path}.docker.volumes gives each job control of the host: its socket or its root folder`,
      "Remove it. Jobs that need Docker use a docker:dind service, which does not start while the " +
        "host's socket is mounted.",
    );
}

/** The patterns of gitlab-runner: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match */
function allowsEveryImage(pattern: string): boolean {
  return /^(?:\*+\/)?\*+(?::\*+)?$/.test(pattern);
}

function runsServicesPrivileged({ privileged, services_privileged: services }: Table): boolean {
  return (services ?? privileged) === true;
}

function* jobChecks({ runner, docker, path, config, uplinkMtu }: Section): Iterable<Check> {
  const isTlsOff = texts(runner.environment).includes("DOCKER_TLS_CERTDIR=");
  const isShared = texts(docker.volumes).some((volume) => /(?:^|:)\/certs(?:\/client)?(?::|$)/.test(volume));
  if (runsServicesPrivileged(docker) && !isTlsOff && !isShared)
    yield warning(
      "config-certificates",
      `${path}.docker.volumes lacks /certs/client: jobs do not find the certificates of ` +
        "Docker-in-Docker, which uses TLS by default",
      'Add it: volumes = ["/cache", "/certs/client"]. Without TLS, set DOCKER_TLS_CERTDIR to an empty ' +
        "value for all jobs.",
    );
  // https://docs.gitlab.com/runner/configuration/advanced-configuration/#long-polling-issues
  const { limit = 0, request_concurrency: requests = 1, token } = runner;
  if (requests === 1 && limit !== 1 && concurrentOf(config) !== 1)
    yield warning(
      "config-requests",
      `${path}.request_concurrency is 1: while GitLab holds the only request open, up to a minute, free ` +
        "slots wait",
      "Set it to a value from 2 to 4; higher values start jobs no sooner.",
    );
  if (typeof token === "string" && token !== "" && !/^\$\{?\w+\}?$/.test(token))
    yield warning(
      "config-token",
      `${path}.token is in the file in plain text: anyone who reads it can take the runner's jobs, and ` +
        "their secrets",
      'Set token = "$VARIABLE": gitlab-runner since 18.10 reads it from the environment.',
    );
  const { network_mtu: mtu } = docker;
  const effective = typeof mtu === "number" && mtu > 0 ? mtu : DEFAULT_MTU;
  const value = mtu === undefined ? `not set, which is ${DEFAULT_MTU}` : effective;
  if (uplinkMtu !== undefined && effective > uplinkMtu && hasNetworkPerBuild(runner))
    yield failed(
      "config-mtu",
      `${path}.docker.network_mtu is ${value}, above this machine's uplink with ${uplinkMtu}: large ` +
        "packets of jobs are dropped",
      `If jobs run on this machine, set network_mtu = ${uplinkMtu}.`,
    );
}

function checkConcurrency(config: Table, runners: readonly Table[]): readonly Check[] {
  const concurrent = concurrentOf(config);
  const limits = runners.map(({ limit }) => (typeof limit === "number" ? limit : 0));
  const required = Math.max(runners.length, ...limits);
  if (concurrent >= required) return [];
  const finding = `concurrent is ${concurrent}, for all runners together: less than the required ${required}`;
  const remedy = "Set it to the sum of the runners' limits; the default is 1.";
  return [warning("config-concurrent", finding, remedy)];
}

function concurrentOf({ concurrent }: Table): number {
  return typeof concurrent === "number" ? concurrent : 1;
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
