import { bridgeOptions } from "../docker/lowering/bridge-options.ts";
import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import { goDuration } from "../model/duration.ts";
import { imageVariable, unsetImageName } from "../model/image-variable.ts";
import { LABEL } from "../model/labels.ts";
import { isActive } from "../model/plan/active.ts";
import { jobCommand } from "../model/plan/job-script.ts";
import type { Plan, PlannedContainer, PlannedJob, PlannedProbe, PlannedService } from "../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../model/plan/predefined-variables.ts";
import { securityOptions } from "../model/plan/seccomp-profile.ts";
import { secretVariable } from "../model/secret-variable.ts";
import { bytes } from "../model/size.ts";
import { type Text, textParts } from "../model/text.ts";
import type { YamlValue } from "../text/yaml.ts";
import { type ComposeNames, composeNames } from "./compose-names.ts";
import { fromEnvironment, interpolated, literal } from "./interpolation.ts";

/** The file beside the compose file with the seccomp profile of jobs with `userNamespaces`. */
export const SECCOMP_FILE = "user-namespaces.json";

/** The properties of a compose file that depend on its folder and on the declared runners. */
export interface ComposeOptions {
  /** The path from the compose file's folder to the project's folder, such as `".."`. */
  readonly project: string;
  /** Whether the networks take their MTU from the variable NESTBOX_MTU. */
  readonly withMtu: boolean;
}

/**
 * The compose file of a sandbox. `docker compose up` starts its services, and `docker compose up
 * --exit-code-from JOB JOB` also runs a job and exits with its exit code. It fixes no container name, port or
 * subnet, so that two projects do not collide.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md, Compose 2.24
 * @param plan with all profiles active
 */
export function composeFile(plan: Plan, options: ComposeOptions): YamlValue {
  const names = composeNames(plan);
  const context: Context = { plan, names, options };
  const services = plan.services.map((service) => [
    names.services[service.key] ?? service.key,
    serviceEntry(context, service),
  ]);
  const jobs = plan.jobs.map((job) => [names.jobs[job.key] ?? job.key, jobEntry(context, job)]);
  const files = plan.services.map(filesWithContent);
  const secrets = [...new Set(files.flatMap((one) => one.secrets.map(({ name }) => name)))].sort();
  const configs = files.flatMap((one) => one.configs);
  return {
    name: plan.sandbox,
    services: Object.fromEntries([...services, ...jobs]),
    networks: Object.fromEntries(
      plan.networks.map(({ key, internal }) => {
        const bridge = bridgeOptions(internal, options.withMtu ? "${NESTBOX_MTU:-1500}" : undefined);
        const entry = {
          ...(internal && { internal }),
          ...(Object.keys(bridge).length > 0 && { driver_opts: bridge }),
          labels: labelsOf(plan, key, "network"),
        };
        return [key, entry];
      }),
    ),
    ...filled(
      "volumes",
      plan.volumes.map(({ key }) => [key, { labels: labelsOf(plan, key, "volume") }]),
    ),
    ...filled(
      "secrets",
      secrets.map((name) => [name, { environment: secretVariable(name) }]),
    ),
    ...filled(
      "configs",
      configs.map(({ name, content }) => [name, { content: interpolated(content) }]),
    ),
  };
}

/** A section of the file, absent without entries. */
function filled(section: string, entries: readonly (readonly [string, YamlValue])[]) {
  return entries.length > 0 ? { [section]: Object.fromEntries(entries) } : {};
}

interface Context {
  readonly plan: Plan;
  readonly names: ComposeNames;
  readonly options: ComposeOptions;
}

function serviceEntry(context: Context, service: PlannedService): YamlValue {
  const { plan, names } = context;
  const name = names.services[service.key] ?? service.key;
  const { profiles, published, stop } = service;
  const probe = containerProbe(service);
  return {
    image: service.image,
    ...(profiles.length > 0 && { profiles }),
    ...(service.entrypoint && { entrypoint: service.entrypoint.map(literal) }),
    ...(service.command && { command: service.command.map(literal) }),
    ...containerEntry(context, service, name),
    ...filesEntry(service),
    ...(probe && { healthcheck: healthcheckEntry(probe) }),
    ...dependsOn(context, Object.keys(service.after)),
    ...(published.length > 0 && {
      ports: published.map(({ address, container }) => `${address}::${container}`),
    }),
    ...(stop.signal !== undefined && { stop_signal: stop.signal }),
    ...(stop.grace !== COMPOSE_GRACE && { stop_grace_period: goDuration(stop.grace) }),
    labels: labelsOf(plan, service.key, "service"),
  };
}

/** The default stop_grace_period of Compose. */
const COMPOSE_GRACE = "10s";

function jobEntry(context: Context, job: PlannedJob): YamlValue {
  const { plan, names } = context;
  const name = names.jobs[job.key] ?? job.key;
  const active = plan.services.filter((service) => isActive(service, job.profiles)).map(({ key }) => key);
  const variable = imageVariable(job.image);
  return {
    image: variable === undefined ? job.image : fromEnvironment(variable, unsetImageName(variable)),
    // `docker compose up` without arguments starts no job.
    profiles: [`job-${job.key}`],
    ...(job.entrypoint && { entrypoint: job.entrypoint.map(literal) }),
    command: jobCommand(job).map(literal),
    ...containerEntry(context, withProjectFolder(job), name, predefinedEntries(job)),
    ...dependsOn(context, active),
    labels: labelsOf(plan, job.key, "job"),
  };
}

/** The predefined variables of GitLab that a job uses, from the environment of `docker compose`. */
function predefinedEntries(job: PlannedJob): Readonly<Record<string, string>> {
  const { required, optional, projectFolder } = job.predefined;
  return {
    ...Object.fromEntries([...required, ...optional].map((name) => [name, fromEnvironment(name, "")])),
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
  };
}

/** The job with its project folder as a tmpfs, which every user may write to. */
function withProjectFolder(job: PlannedJob): PlannedJob {
  if (!job.predefined.projectFolder) return job;
  return { ...job, tmpfs: { ...job.tmpfs, [PROJECT_FOLDER]: bytes("64MiB") } };
}

function containerEntry(
  { options, plan }: Context,
  container: PlannedContainer & Partial<PlannedJob>,
  name: string,
  predefined: Readonly<Record<string, string>> = {},
) {
  const { env, mounts, tmpfs, limits, extraHosts, user, workingFolder, projectFiles } = container;
  const { memoryBytes, swapBytes = 0, cpus } = limits;
  const environment = Object.fromEntries([
    ...Object.entries(predefined),
    ...Object.entries(env).map(([key, value]) => [key, interpolated(value)]),
  ]);
  const binds = projectFiles === undefined ? [] : [bind(options, projectFiles, workingFolder ?? "/")];
  const aliases = container.aliases.filter((alias) => alias !== name);
  const volumes = [
    ...binds,
    ...container.files.flatMap(({ target, source }) =>
      "path" in source ? [bind(options, source.path, target)] : [],
    ),
    ...mounts.map(({ volume, target, readOnly }) => ({
      type: "volume",
      source: volume,
      target: literal(target),
      ...(readOnly && { read_only: true }),
    })),
    ...Object.entries(tmpfs).map(([target, size]) => ({
      type: "tmpfs",
      target: literal(target),
      tmpfs: { size },
    })),
  ];
  const networks = container.networks.map((network) => [network, aliases.length > 0 ? { aliases } : {}]);
  return {
    ...(container.init && { init: true }),
    ...(Object.keys(environment).length > 0 && { environment }),
    ...(workingFolder !== undefined && { working_dir: literal(workingFolder) }),
    ...(user !== undefined && { user: literal(user) }),
    ...(container.privileged && { privileged: true }),
    ...(container.userNamespaces && { security_opt: securityOptions(SECCOMP_FILE) }),
    ...(volumes.length > 0 && { volumes }),
    ...(memoryBytes !== undefined && { mem_limit: memoryBytes, memswap_limit: memoryBytes + swapBytes }),
    ...(cpus !== undefined && { cpus }),
    ...(Object.keys(extraHosts).length > 0 && {
      extra_hosts: Object.entries(extraHosts).map(([host, address]) => literal(`${host}:${address}`)),
    }),
    ...(aliases.length > 0 || !isOnlyDefault(plan, container.networks)
      ? { networks: Object.fromEntries(networks) as Record<string, YamlValue> }
      : {}),
  };
}

/** Whether Compose attaches the container to these networks by default. */
function isOnlyDefault({ networks: planned }: Plan, networks: readonly string[]): boolean {
  return networks.length === 1 && networks[0] === "default" && planned.some(({ key }) => key === "default");
}

function bind({ project }: ComposeOptions, source: string, target: string): YamlValue {
  return {
    type: "bind",
    source: literal(`${project}/${source}`),
    target: literal(target),
    read_only: true,
    bind: { create_host_path: false },
  };
}

function filesEntry(service: PlannedService) {
  const { secrets, configs } = filesWithContent(service);
  const entry = ({ name, target }: (typeof secrets)[number]) => ({ source: name, target: literal(target) });
  return {
    ...(secrets.length > 0 && { secrets: secrets.map(entry) }),
    ...(configs.length > 0 && { configs: configs.map(entry) }),
  };
}

/** A probe that Compose runs in the service's container. */
type ContainerProbe = Extract<PlannedProbe, { readonly kind: "exec" | "tcp" | "http" }>;

/** The probe for the healthcheck. Compose cannot read output, so a log probe has a substitute. */
function containerProbe({ probe }: PlannedService): ContainerProbe | undefined {
  if (probe?.kind === "log") return probe.otherwise;
  return probe?.kind === "image" ? undefined : probe;
}

function healthcheckEntry(probe: ContainerProbe): YamlValue {
  return {
    test: healthcheckTest(probe).map(literal),
    interval: goDuration(probe.every),
    timeout: goDuration(probe.timeout),
    retries: probe.retries,
    start_period: goDuration(probe.within),
    start_interval: goDuration(probe.startEvery),
  };
}

function dependsOn({ plan, names }: Context, keys: readonly string[]) {
  if (keys.length === 0) return {};
  const condition = (key: string): string => {
    const service = plan.services.find((planned) => planned.key === key);
    if (!service) return "service_started";
    if (service.completesWithin !== undefined) return "service_completed_successfully";
    const hasHealthcheck = service.probe?.kind === "image" || containerProbe(service) !== undefined;
    return hasHealthcheck ? "service_healthy" : "service_started";
  };
  return {
    depends_on: Object.fromEntries(
      keys.map((key) => [names.services[key] ?? key, { condition: condition(key) }]),
    ),
  };
}

/** The files of a service that are Compose secrets and configs. */
function filesWithContent(service: PlannedService) {
  const secrets: { readonly name: string; readonly target: string }[] = [];
  const configs: { readonly name: string; readonly target: string; readonly content: Text }[] = [];
  for (const { target, source } of service.files) {
    if (!("content" in source)) continue;
    const parts = textParts(source.content);
    const [only] = parts;
    if (parts.length === 1 && typeof only === "object") secrets.push({ name: only.secret, target });
    else configs.push({ name: `${service.key}-${configs.length + 1}`, target, content: source.content });
  }
  return { secrets, configs };
}

function labelsOf(
  { sandbox }: Plan,
  part: string,
  kind: "network" | "volume" | "service" | "job",
): YamlValue {
  return { [LABEL.sandbox]: sandbox, [LABEL.kind]: kind, [LABEL.part]: part };
}
