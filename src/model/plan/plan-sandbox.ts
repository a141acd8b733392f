import { posix } from "node:path";
import { imageReference } from "../build-definition.ts";
import { type DeclaredJob, networksOf, type Sandbox } from "../declaration/declaration.ts";
import type { JobCache } from "../declaration/job-cache.ts";
import { connectionOf } from "../declaration/references.ts";
import {
  aliasesOf,
  type ContainerDefinition,
  type DeclaredService,
  type Service,
  sharedVolumesOf,
} from "../declaration/service.ts";
import { imageVariable } from "../image-variable.ts";
import { plannedOverrides } from "../override.ts";
import { seedSteps } from "../seed.ts";
import { bytes } from "../size.ts";
import { startOrder } from "../start-order.ts";
import { isActive } from "./active.ts";
import type { Plan, PlannedCache, PlannedJob, PlannedMount, PlannedPort, PlannedService } from "./plan.ts";
import { plannedBuild } from "./plan-build.ts";
import { planProbes } from "./plan-probe.ts";
import { predefinedVariables } from "./predefined-variables.ts";
import { planPrivileges } from "./privilege-defaults.ts";
import { secretNamesIn } from "./secret-names.ts";

/** For what a sandbox is planned. */
export interface PlanOptions {
  /** The active profiles; `"all"`: every one that the sandbox names. @default none */
  readonly profiles?: readonly string[] | "all";
  /**
   * Whether the sandbox ends with its use. The databases of the catalog then keep their data in memory and do
   * without durability. @default false
   */
  readonly disposable?: boolean;
}

/**
 * Plans a sandbox: every default and decision made, for the active profiles. Pure: the same declaration
 * gives the same plan.
 *
 * @example
 * plan(shop, { profiles: ["api"] }).services.map(({ key }) => key) // ["database", "cache", "api"]
 */
export function plan(
  declared: Sandbox,
  { profiles: wanted = [], disposable = false }: PlanOptions = {},
): Plan {
  const sandbox = disposable ? withoutDurability(declared) : declared;
  const profiles = wanted === "all" ? profilesOf(sandbox) : wanted;
  const active = activeServices(sandbox, profiles);
  const shared = Object.fromEntries(active.map(([key, service]) => [key, sharedVolumesOf(key, service)]));
  const services = active.map(([key, service]) => planService(sandbox, key, service, shared));
  const jobs = Object.entries(sandbox.jobs).map(([key, job]) => planJob(sandbox, key, job, shared));
  const sharing = Object.entries(shared).flatMap(([sharedBy, volumes]) =>
    volumes.map(({ volume }) => ({ key: volume, sharedBy })),
  );
  return {
    sandbox: sandbox.name,
    profiles,
    networks: Object.entries(sandbox.networks).map(([key, { internal = false }]) => ({
      key,
      internal,
      capacity: capacityOf(sandbox, key),
    })),
    volumes: [...sandbox.volumes.map((key) => ({ key })), ...sharing],
    services,
    jobs,
    ...imagesOf([...active.map(([, service]) => service), ...Object.values(sandbox.jobs)]),
    secrets: secretNamesIn([...services, ...jobs.filter((job) => isActive(job, profiles))]),
    ...(sandbox.perBranch && { perBranch: sandbox.perBranch }),
  };
}

/** The sandbox with the properties that its services have where nothing outlives them. */
function withoutDurability(sandbox: Sandbox): Sandbox {
  const services = Object.entries(sandbox.services).map(([key, { whenDisposable, ...service }]) => {
    const env = { ...service.env, ...whenDisposable?.env };
    const tmpfs = { ...service.tmpfs, ...whenDisposable?.tmpfs };
    return [key, { ...service, ...whenDisposable, env, tmpfs }] as const;
  });
  return { ...sandbox, services: Object.fromEntries(services) };
}

function planService(
  sandbox: Sandbox,
  key: string,
  service: DeclaredService,
  shared: SharedVolumes,
): PlannedService {
  const { alias: _alias, shares: _shares, publish: _publish, connection: _connection, ...own } = service;
  const { variables: _variables, client: _client, forks: _forks, seed, ...more } = own;
  const { whenDisposable: _whenDisposable, optionProblems: _optionProblems, ...declared } = more;
  const { command: _command, probe: _probe, runsOnce: _once, completesWithin: _within, ...others } = declared;
  const { refersTo: _refersTo, env = {}, files = {}, ports = [], after = {}, stop = {}, ...rest } = others;
  const { privileged = false, certificates = true, dockerDaemon, override, ...ofContainer } = rest;
  const { noNewPrivileges: _gains, pidsLimit: _limit, ...asDeclared } = ofContainer;
  const command = commandOf(service);
  const aliases = aliasesOf(key, service);
  return {
    ...planContainer(sandbox, key, asDeclared),
    ...(command && { command }),
    env,
    aliases,
    mounts: mountsOf(key, service, shared),
    files: Object.entries(files).map(([target, source]) => ({ target, source })),
    init: false,
    privileged,
    ...planPrivileges(service, privileged),
    placeCertificates: certificates,
    ports,
    published: publishedPorts(service),
    ...planProbes(service, aliases[0] ?? key),
    clientVariables: connectionOf(key, service).variables ?? {},
    after,
    ...(seed !== undefined && { seed: seedSteps(seed) }),
    stop: { ...(stop.signal && { signal: stop.signal }), grace: stop.grace ?? "10s" },
    ...(dockerDaemon && { dockerDaemon }),
    ...plannedOverrides(override),
  };
}

function planJob(sandbox: Sandbox, key: string, job: DeclaredJob, shared: SharedVolumes): PlannedJob {
  const { refersTo: _refersTo, env, files: projectFiles, workingFolder, ...own } = job;
  const { before = [], script, cleanup = [], userNamespaces = false, needs = [], ...others } = own;
  const { timeout = "1h", gitlab = {}, artifacts, cache, override, ...ofContainer } = others;
  const { noNewPrivileges: _gains, pidsLimit: _limit, ...asDeclared } = ofContainer;
  return {
    ...planContainer(sandbox, key, asDeclared),
    env,
    // GitLab gives this name to the job's own container.
    aliases: ["build"],
    mounts: mountsOf(key, job, shared),
    files: [],
    // A job's shell is no init: what it leaves behind would never be reaped, and it forwards no signal.
    init: true,
    privileged: false,
    ...planPrivileges(job, userNamespaces),
    placeCertificates: true,
    ...(projectFiles !== undefined && { projectFiles }),
    workingFolder: workingFolder ?? "/workspace",
    workingFolderIsFree: workingFolder === undefined,
    before,
    script,
    cleanup,
    predefined: predefinedVariables(job),
    userNamespaces,
    needs,
    timeout,
    gitlab,
    ...(artifacts !== undefined && {
      artifacts: { ...artifacts, paths: artifacts.paths ?? [], when: artifacts.when ?? "on_success" },
    }),
    ...(cache !== undefined && { cache: planCache(`${sandbox.name}-${key}`, cache) }),
    ...plannedOverrides(override),
  };
}

function planCache(name: string, { paths, key }: JobCache): PlannedCache {
  const normal = paths.map((path) => posix.normalize(path).replace(/\/+$/, ""));
  return { paths: [...new Set(normal)], key: key ?? name };
}

/**
 * The part of a plan that services and jobs have in common, and all properties that the plan leaves as
 * declared.
 */
function planContainer<Container extends ContainerDefinition>(
  sandbox: Sandbox,
  key: string,
  container: Container,
) {
  const { profiles = [], networks: _networks, volumes: _volumes, tmpfs = {}, ...others } = container;
  const { limits = {}, extraHosts = {}, image, ...asDeclared } = others;
  const { memory, cpus } = limits;
  const isInternal = (network: string) => Number(sandbox.networks[network]?.internal ?? false);
  return {
    key,
    profiles,
    image: imageReference(image) ?? plannedBuild(container)?.image ?? "",
    ...asDeclared,
    networks: [...networksOf(sandbox, container)].sort((one, other) => isInternal(one) - isInternal(other)),
    tmpfs: Object.fromEntries(Object.entries(tmpfs).map(([target, size]) => [target, bytes(size)])),
    // Swap would only make a container that exceeds its memory slow.
    limits: {
      ...(memory !== undefined && { memoryBytes: bytes(memory), swapBytes: 0 }),
      ...(cpus !== undefined && { cpus }),
    },
    extraHosts,
  };
}

/** Without a client's TLS, `--tls=false` spares dockerd's deliberate 16 s of waiting. */
function commandOf({ command, dockerDaemon }: Service): readonly string[] | undefined {
  if (dockerDaemon === undefined || dockerDaemon.tls) return command;
  return [...(command ?? []), "--tls=false"];
}

function activeServices(
  { services }: Sandbox,
  profiles: readonly string[],
): readonly (readonly [string, DeclaredService])[] {
  const active = Object.entries(services).filter(([, service]) => isActive(service, profiles));
  const order = startOrder(
    Object.fromEntries(active.map(([key, { after = {} }]) => [key, Object.keys(after)])),
  );
  return [...active].sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
}

function containersOf({ services, jobs }: Sandbox): readonly (DeclaredService | DeclaredJob)[] {
  return [...Object.values(services), ...Object.values(jobs)];
}

function profilesOf(sandbox: Sandbox): readonly string[] {
  return [...new Set(containersOf(sandbox).flatMap(({ profiles = [] }) => profiles))];
}

function capacityOf(sandbox: Sandbox, network: string): number {
  return containersOf(sandbox).filter((one) => networksOf(sandbox, one).includes(network)).length;
}

/** The volumes through which services share folders, by service. */
type SharedVolumes = Readonly<Record<string, ReturnType<typeof sharedVolumesOf>>>;

/** The declared volumes, the folders that a service shares, and those of the services that it refers to. */
function mountsOf(
  key: string,
  { volumes = {}, refersTo }: DeclaredService | DeclaredJob,
  shared: SharedVolumes,
): readonly PlannedMount[] {
  const declared = Object.entries(volumes).map(([target, volume]) => ({ volume, target }));
  const others = refersTo.filter((other) => other !== key).flatMap((other) => shared[other] ?? []);
  return [
    ...declared.map((mount) => ({ ...mount, declared: true, readOnly: false })),
    ...(shared[key] ?? []).map((mount) => ({ ...mount, declared: false, readOnly: false })),
    ...others.map((mount) => ({ ...mount, declared: false, readOnly: true })),
  ];
}

const LOOPBACK = "127.0.0.1";

function publishedPorts({ publish = false, ports = [], udpPorts = [] }: Service): readonly PlannedPort[] {
  if (publish === false) return [];
  const portsOf = (protocol: "tcp" | "udp", numbers: readonly number[]) =>
    numbers.map((container) => ({ container, protocol, address: LOOPBACK }));
  const declared = [...portsOf("tcp", ports), ...portsOf("udp", udpPorts)];
  if (publish === true) return declared;
  return Object.entries(publish).flatMap(([container, host]) =>
    declared.filter((port) => port.container === Number(container)).map((port) => ({ ...port, host })),
  );
}

/** The images of containers, each once. */
function imagesOf(containers: readonly ContainerDefinition[]): Pick<Plan, "images" | "builds"> {
  const references = containers.flatMap(({ image }) => imageReference(image) ?? []);
  const builds = containers.flatMap((container) => plannedBuild(container) ?? []);
  return {
    images: [...new Set(references)].filter((image) => imageVariable(image) === undefined),
    builds: [...new Map(builds.map((build) => [build.image, build])).values()],
  };
}
