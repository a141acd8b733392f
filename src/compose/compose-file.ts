import { bridgeOptions } from "../docker/lowering/bridge-options.ts";
import { healthcheckTest } from "../docker/lowering/healthcheck.ts";
import { goDuration } from "../model/duration.ts";
import { isMounted } from "../model/file-source.ts";
import { imageVariable, unsetImageName } from "../model/image-variable.ts";
import { LABEL } from "../model/labels.ts";
import { nothingLeft } from "../model/nothing-left.ts";
import { isActive } from "../model/plan/active.ts";
import { jobCommand } from "../model/plan/job-script.ts";
import type {
  Plan,
  PlannedContainer,
  PlannedJob,
  PlannedJobPart,
  PlannedPort,
  PlannedProbe,
  PlannedService,
  PlannedServicePart,
} from "../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../model/plan/predefined-variables.ts";
import { NO_NEW_PRIVILEGES } from "../model/plan/privilege-defaults.ts";
import { securityOptions } from "../model/plan/seccomp-profile.ts";
import { secretVariable } from "../model/secret-variable.ts";
import { bytes } from "../model/size.ts";
import { type Text, textParts } from "../model/text.ts";
import { filled, type YamlValue } from "../text/yaml.ts";
import { buildEntry, buildOf } from "./build-entry.ts";
import { composeNames } from "./compose-names.ts";
import { COMPOSE } from "./compose-support.ts";
import { fromEnvironment, interpolated, literal } from "./interpolation.ts";
import { type ComposeService, overrideEntry } from "./override-entry.ts";

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
  const nameOf = ({ key }: PlannedContainer) => names[key] ?? key;
  const context: Context = { plan, nameOf, options };
  const files = plan.services.map(filesWithContent);
  const ofFiles = files.flatMap((one) => one.secrets.map(({ name }) => name));
  const ofBuilds = plan.builds.flatMap((build) => Object.values(build.secrets));
  const secrets = [...new Set([...ofFiles, ...ofBuilds])].sort();
  const configs = files.flatMap((one) => one.configs);
  const bridge = (internal: boolean) =>
    bridgeOptions(internal, options.withMtu ? "${NESTBOX_MTU:-1500}" : undefined);
  return {
    name: plan.sandbox,
    services: {
      ...mapping(plan.services, (service) => [
        nameOf(service),
        overrideEntry(`${plan.sandbox}.services.${service.key}`, service, serviceEntry(context, service)),
      ]),
      ...mapping(plan.jobs, (job) => [
        nameOf(job),
        overrideEntry(`${plan.sandbox}.jobs.${job.key}`, job, jobEntry(context, job)),
      ]),
    },
    networks: mapping(plan.networks, ({ key, internal }) => [
      key,
      {
        internal: internal || undefined,
        driver_opts: filled(bridge(internal)),
        labels: labelsOf(plan, key, "network"),
      },
    ]),
    volumes: filled(mapping(plan.volumes, ({ key }) => [key, { labels: labelsOf(plan, key, "volume") }])),
    secrets: filled(mapping(secrets, (name) => [name, { environment: secretVariable(name) }])),
    configs: filled(mapping(configs, ({ name, content }) => [name, { content: interpolated(content) }])),
  };
}

function mapping<Item>(items: readonly Item[], entry: (item: Item) => readonly [string, YamlValue]) {
  return Object.fromEntries(items.map(entry));
}

interface Context {
  readonly plan: Plan;
  readonly nameOf: (container: PlannedContainer) => string;
  readonly options: ComposeOptions;
}

function serviceEntry(context: Context, service: PlannedService): ComposeService {
  const {
    command,
    published,
    probe: planned,
    after,
    stop,
    workingFolder,
    completesWithin: _within,
    ...others
  }: PlannedServicePart = service;
  // Compose lets every port through, a Docker daemon keeps its MTU, and jobs wait for the healthcheck.
  const {
    ports: _ports,
    udpPorts: _udpPorts,
    dockerDaemon: _daemon,
    remoteProbe: _remoteProbe,
    clientVariables: _,
    seed: _seed,
    ...rest
  } = others;
  nothingLeft(rest);
  const probe = containerProbe(planned);
  const { secrets, configs } = filesWithContent(service);
  const file = ({ name, target }: (typeof secrets)[number]) => ({ source: name, target: literal(target) });
  return {
    ...imageEntry(context, service),
    profiles: filled(service.profiles),
    entrypoint: service.entrypoint?.map(literal),
    command: command?.map(literal),
    ...containerEntry(context, service, { workingFolder }),
    secrets: filled(secrets.map(file)),
    configs: filled(configs.map(file)),
    healthcheck: probe && healthcheckEntry(probe),
    depends_on: dependsOn(context, Object.keys(after)),
    ports: filled(published.map(publishedPort)),
    stop_signal: stop.signal,
    stop_grace_period: stop.grace === COMPOSE_GRACE ? undefined : goDuration(stop.grace),
    labels: { ...literalLabels(service), ...labelsOf(context.plan, service.key, "service") },
  };
}

function imageEntry({ plan, options }: Context, container: PlannedContainer) {
  const build = buildOf(plan, container);
  return build === undefined ? { image: container.image } : buildEntry(build, options.project);
}

/** A free port of the host, in Compose's notation. */
function publishedPort({ address, container, protocol }: PlannedPort): string {
  return `${address}::${container}${protocol === "tcp" ? "" : `/${protocol}`}`;
}

/** The default stop_grace_period of Compose. */
const COMPOSE_GRACE = "10s";

/** Where a job's container has the project's files. It copies them to its working folder, to change them. */
const CHECKOUT = "/run/nestbox/checkout";

function jobEntry(context: Context, job: PlannedJob): ComposeService {
  const { plan } = context;
  const {
    workingFolder,
    projectFiles,
    predefined,
    userNamespaces,
    before,
    script,
    cleanup,
    ...others
  }: PlannedJobPart = job;
  const { workingFolderIsFree: _isFree, ...rest } = others;
  nothingLeft(rest, COMPOSE.exceptions.job);
  const { required, optional, projectFolder } = predefined;
  const active = plan.services.filter((service) => isActive(service, job.profiles)).map(({ key }) => key);
  const variable = imageVariable(job.image);
  // GitLab's predefined variables come from the environment of `docker compose`.
  const variables = {
    ...mapping([...required, ...optional], (name) => [name, fromEnvironment(name, "")]),
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
  };
  // Every user may write to a tmpfs.
  const tmpfs = { ...job.tmpfs, ...(projectFolder && { [PROJECT_FOLDER]: bytes("64MiB") }) };
  const copy = projectFiles === undefined ? [] : [`cp -R ${CHECKOUT}/. .`];
  return {
    ...(variable === undefined
      ? imageEntry(context, job)
      : { image: fromEnvironment(variable, unsetImageName(variable)) }),
    // `docker compose up` without arguments starts no job.
    profiles: [`job-${job.key}`],
    entrypoint: job.entrypoint?.map(literal),
    command: jobCommand({ before: [...copy, ...before], script, cleanup }).map(literal),
    ...containerEntry(context, { ...job, tmpfs }, { workingFolder, projectFiles, userNamespaces, variables }),
    depends_on: dependsOn(context, active),
    labels: { ...literalLabels(job), ...labelsOf(plan, job.key, "job") },
  };
}

/** What a service or a job adds to the entry that both have in common. */
interface EntryParts {
  readonly workingFolder: string | undefined;
  readonly projectFiles?: string | undefined;
  readonly userNamespaces?: boolean;
  /** GitLab's predefined variables. */
  readonly variables?: Readonly<Record<string, YamlValue>>;
}

function containerEntry({ options, nameOf }: Context, container: PlannedContainer, parts: EntryParts) {
  const { key: _key, profiles: _profiles, image: _image, entrypoint: _entrypoint, ...others } = container;
  const { env, mounts, tmpfs, files, extraHosts, user, limits, init, privileged, networks, ...more } = others;
  const {
    aliases: names,
    placeCertificates: _certificates,
    shmSize,
    capAdd,
    capDrop,
    noNewPrivileges,
    pidsLimit,
    ulimits = {},
    sysctls = {},
    labels: _labels,
    platform,
    overrides: _overrides,
    ...rest
  } = more;
  nothingLeft(rest);
  const { memoryBytes, swapBytes = 0, cpus } = limits;
  const { workingFolder, projectFiles } = parts;
  const aliases = names.filter((alias) => alias !== nameOf(container));
  const volumes = [
    ...(projectFiles === undefined
      ? []
      : [bind(options, projectFiles, CHECKOUT), { type: "tmpfs", target: literal(workingFolder ?? "/") }]),
    ...files.flatMap(({ target, source }) =>
      "path" in source ? [bind(options, source.path, target, isMounted(source))] : [],
    ),
    ...mounts.map(({ volume, target, readOnly }) => ({
      type: "volume",
      source: volume,
      target: literal(target),
      read_only: readOnly || undefined,
    })),
    ...Object.entries(tmpfs).map(([path, size]) => ({
      type: "tmpfs",
      target: literal(path),
      tmpfs: { size },
    })),
  ];
  // Compose attaches a container without networks to `default`.
  const joinsByDefault = aliases.length === 0 && networks.every((network) => network === "default");
  return {
    init: init || undefined,
    environment: filled({
      ...parts.variables,
      ...mapping(Object.entries(env), ([key, value]) => [key, interpolated(value)]),
    }),
    working_dir: workingFolder === undefined ? undefined : literal(workingFolder),
    platform,
    user: user === undefined ? undefined : literal(user),
    privileged: privileged || undefined,
    cap_add: filled(capAdd ?? []),
    cap_drop: filled(capDrop ?? []),
    security_opt: filled([
      ...(noNewPrivileges ? NO_NEW_PRIVILEGES : []),
      ...(parts.userNamespaces ? securityOptions(SECCOMP_FILE) : []),
    ]),
    pids_limit: pidsLimit,
    volumes: filled(volumes),
    mem_limit: memoryBytes,
    memswap_limit: memoryBytes === undefined ? undefined : memoryBytes + swapBytes,
    cpus,
    shm_size: shmSize === undefined ? undefined : bytes(shmSize),
    ulimits: filled({ ...ulimits }),
    sysctls: filled(mapping(Object.entries(sysctls), ([name, value]) => [name, literal(value)])),
    extra_hosts: filled(Object.entries(extraHosts).map(([host, address]) => literal(`${host}:${address}`))),
    networks: joinsByDefault
      ? undefined
      : mapping(networks, (network) => [network, { aliases: filled(aliases) }]),
  };
}

function bind({ project }: ComposeOptions, source: string, target: string, isWritable = false): YamlValue {
  return {
    type: "bind",
    source: literal(`${project}/${source}`),
    target: literal(target),
    read_only: isWritable ? undefined : true,
    bind: { create_host_path: false },
  };
}

/** A probe that Compose runs in the service's container. */
type ContainerProbe = Extract<PlannedProbe, { readonly kind: "exec" | "tcp" | "http" }>;

/** The probe for the healthcheck. Compose cannot read output, so a log probe has a substitute. */
function containerProbe(probe: PlannedService["probe"]): ContainerProbe | undefined {
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

function dependsOn({ plan, nameOf }: Context, keys: readonly string[]): YamlValue | undefined {
  const services = keys.flatMap((key) => plan.services.filter((service) => service.key === key));
  const condition = (service: PlannedService): string => {
    if (service.completesWithin !== undefined) return "service_completed_successfully";
    const hasHealthcheck = service.probe?.kind === "image" || containerProbe(service.probe) !== undefined;
    return hasHealthcheck ? "service_healthy" : "service_started";
  };
  return filled(mapping(services, (service) => [nameOf(service), { condition: condition(service) }]));
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

function literalLabels({ labels = {} }: PlannedContainer) {
  return mapping(Object.entries(labels), ([name, value]) => [name, literal(value)]);
}

function labelsOf(
  { sandbox }: Plan,
  part: string,
  kind: "network" | "volume" | "service" | "job",
): Readonly<Record<string, string>> {
  return { [LABEL.sandbox]: sandbox, [LABEL.kind]: kind, [LABEL.part]: part };
}
