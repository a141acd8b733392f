import { bridgeOptions } from "../docker/lowering/bridge-options.ts";
import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import { goDuration } from "../model/duration.ts";
import { imageVariable } from "../model/image-variable.ts";
import { LABEL } from "../model/labels.ts";
import { isActive } from "../model/plan/active.ts";
import { jobCommand } from "../model/plan/job-script.ts";
import type {
  Plan,
  PlannedContainer,
  PlannedFile,
  PlannedJob,
  PlannedProbe,
  PlannedService,
} from "../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../model/plan/predefined-variables.ts";
import { securityOptions } from "../model/plan/user-namespaces.ts";
import { secretVariable } from "../model/secret-variable.ts";
import { bytes } from "../model/size.ts";
import { type Text, textParts } from "../model/text.ts";
import type { YamlValue } from "../text/yaml.ts";
import { fromEnvironment, interpolated, literal } from "./interpolation.ts";
import { type ComposeNames, composeNames } from "./names.ts";

/**
 * The seccomp profile of jobs with `userNamespaces`, beside the compose file: compose reads it from a file.
 */
export const SECCOMP_FILE = "user-namespaces.json";

/** How an emitted compose file finds the project, and what else its place decides. */
export interface ComposeOptions {
  /** The path from the compose file's folder to the project's: `".."`. */
  readonly project: string;
  /** Its networks take their largest packet from the variable NESTBOX_MTU, where somebody sets it. */
  readonly withMtu: boolean;
}

/**
 * A compose file of the sandbox: `docker compose up` starts its services; `docker compose up --exit-code-from
 * JOB JOB` also runs a job and ends with its exit code. It names no container, port or subnet that two
 * projects would fight over. Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md, as of
 * Compose 2.24
 * @param plan of all profiles
 */
export function composeFile(plan: Plan, options: ComposeOptions): YamlValue {
  const names = composeNames(plan);
  const writer: Writer = { plan, names, options };
  const services = plan.services.map((service) => [
    names.services[service.key] ?? service.key,
    serviceEntry(writer, service),
  ]);
  const jobs = plan.jobs.map((job) => [names.jobs[job.key] ?? job.key, jobEntry(writer, job)]);
  const contents = contentsOf(plan);
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
    ...(plan.volumes.length > 0 && {
      volumes: Object.fromEntries(
        plan.volumes.map(({ key }) => [key, { labels: labelsOf(plan, key, "volume") }]),
      ),
    }),
    ...(contents.secrets.length > 0 && {
      secrets: Object.fromEntries(
        contents.secrets.map((name) => [name, { environment: secretVariable(name) }]),
      ),
    }),
    ...(contents.configs.length > 0 && {
      configs: Object.fromEntries(
        contents.configs.map(({ name, content }) => [name, { content: interpolated(content) }]),
      ),
    }),
  };
}

interface Writer {
  readonly plan: Plan;
  readonly names: ComposeNames;
  readonly options: ComposeOptions;
}

function serviceEntry(writer: Writer, service: PlannedService): YamlValue {
  const { plan, names } = writer;
  const name = names.services[service.key] ?? service.key;
  const { profiles, published, stop } = service;
  const probe = containerProbe(service);
  return {
    image: service.image,
    ...(profiles.length > 0 && { profiles }),
    ...(service.entrypoint && { entrypoint: service.entrypoint.map(literal) }),
    ...(service.command && { command: service.command.map(literal) }),
    ...containerEntry(writer, service, name),
    ...filesEntry(service),
    ...(probe && { healthcheck: healthcheckEntry(probe) }),
    ...dependsOn(writer, Object.keys(service.after)),
    ...(published.length > 0 && {
      ports: published.map(({ address, container }) => `${address}::${container}`),
    }),
    ...(stop.signal !== undefined && { stop_signal: stop.signal }),
    ...(stop.grace !== COMPOSE_GRACE && { stop_grace_period: goDuration(stop.grace) }),
    labels: labelsOf(plan, service.key, "service"),
  };
}

/** Compose's own default. */
const COMPOSE_GRACE = "10s";

function jobEntry(writer: Writer, job: PlannedJob): YamlValue {
  const { plan, names } = writer;
  const name = names.jobs[job.key] ?? job.key;
  const active = plan.services.filter((service) => isActive(service, job.profiles)).map(({ key }) => key);
  const variable = imageVariable(job.image);
  return {
    image: variable === undefined ? job.image : fromEnvironment(variable, unsetImage(variable)),
    // So that `docker compose up` alone starts no job.
    profiles: [jobProfile(job.key)],
    ...(job.entrypoint && { entrypoint: job.entrypoint.map(literal) }),
    command: jobCommand(job).map(literal),
    ...containerEntry(writer, withProjectFolder(job), name, predefinedEntries(job)),
    ...dependsOn(writer, active),
    labels: labelsOf(plan, job.key, "job"),
  };
}

/** A name that says why there is no such image. */
function unsetImage(variable: string): string {
  return `${variable.toLowerCase().replace(/_+/g, "-").replace(/^-|-$/g, "")}-is-not-set`;
}

/** GitLab's predefined variables are those of the environment in which compose runs. */
function predefinedEntries(job: PlannedJob): Readonly<Record<string, string>> {
  const { required, optional, projectFolder } = job.predefined;
  return {
    ...Object.fromEntries([...required, ...optional].map((name) => [name, fromEnvironment(name, "")])),
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
  };
}

/** In memory, where every user may write. */
function withProjectFolder(job: PlannedJob): PlannedJob {
  if (!job.predefined.projectFolder) return job;
  return { ...job, tmpfs: { ...job.tmpfs, [PROJECT_FOLDER]: bytes("64MiB") } };
}

/** The profile that a job has to itself. */
function jobProfile(key: string): string {
  return `job-${key}`;
}

function containerEntry(
  { options, plan }: Writer,
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
    ...pathFiles(container.files).map(({ target, path }) => bind(options, path, target)),
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

/** What compose joins a container to when its entry says nothing. */
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
  return {
    ...(secrets.length > 0 && {
      secrets: secrets.map(({ name, target }) => ({
        source: name,
        target: literal(target),
      })),
    }),
    ...(configs.length > 0 && {
      configs: configs.map(({ name, target }) => ({
        source: name,
        target: literal(target),
      })),
    }),
  };
}

/** A probe that compose runs in the service's container. */
type ContainerProbe = Extract<PlannedProbe, { readonly kind: "exec" | "tcp" | "http" }>;

/** Compose reads no output: a log probe has another one instead. */
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

function dependsOn({ plan, names }: Writer, keys: readonly string[]) {
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

interface NamedContent {
  readonly name: string;
  readonly target: string;
  readonly content: Text;
}

/** Every secret that some file is, and every other content, once. */
function contentsOf(plan: Plan): {
  readonly secrets: readonly string[];
  readonly configs: readonly NamedContent[];
} {
  const all = plan.services.map((service) => filesWithContent(service));
  return {
    secrets: [...new Set(all.flatMap(({ secrets }) => secrets.map(({ name }) => name)))].sort(),
    configs: all.flatMap(({ configs }) => configs),
  };
}

function filesWithContent(service: PlannedService) {
  const secrets: { readonly name: string; readonly target: string }[] = [];
  const configs: NamedContent[] = [];
  for (const { target, source } of service.files) {
    if (!("content" in source)) continue;
    const parts = textParts(source.content);
    const [only] = parts;
    if (parts.length === 1 && typeof only === "object") secrets.push({ name: only.secret, target });
    else configs.push({ name: `${service.key}-${configs.length + 1}`, target, content: source.content });
  }
  return { secrets, configs };
}

function pathFiles(
  files: readonly PlannedFile[],
): readonly { readonly target: string; readonly path: string }[] {
  return files.flatMap(({ target, source }) => ("path" in source ? [{ target, path: source.path }] : []));
}

function labelsOf(
  { sandbox }: Plan,
  part: string,
  kind: "network" | "volume" | "service" | "job",
): YamlValue {
  return { [LABEL.sandbox]: sandbox, [LABEL.kind]: kind, [LABEL.part]: part };
}
