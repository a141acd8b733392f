import { type DeclaredJob, networksOf, type Sandbox } from "../declaration/declaration.ts";
import { connectionOf } from "../declaration/references.ts";
import {
  aliasesOf,
  type Connection,
  type ContainerDefinition,
  type DeclaredService,
  type Service,
  sharedVolumesOf,
} from "../declaration/service.ts";
import { imageVariable } from "../image-variable.ts";
import { bytes } from "../size.ts";
import { startOrder } from "../start-order.ts";
import { isActive } from "./active.ts";
import type {
  Plan,
  PlannedContainer,
  PlannedJob,
  PlannedMount,
  PlannedPort,
  PlannedService,
} from "./plan.ts";
import { planProbes } from "./plan-probe.ts";
import { predefinedVariables } from "./predefined-variables.ts";
import { secretNamesIn } from "./secret-names.ts";

/** For what a sandbox is planned. */
export interface PlanOptions {
  /** The active profiles; `"all"`: every one that the sandbox names. @default none */
  readonly profiles?: readonly string[] | "all";
}

/**
 * Plans a sandbox: every default and decision made, for the active profiles. Pure: the same declaration
 * gives the same plan.
 *
 * @example
 * plan(shop, { profiles: ["api"] }).services.map(({ key }) => key) // ["database", "cache", "api"]
 */
export function plan(sandbox: Sandbox, { profiles: wanted = [] }: PlanOptions = {}): Plan {
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
    images: imagesOf([...services, ...jobs]),
    secrets: secretNamesIn([...services, ...jobs.filter((job) => isActive(job, profiles))]),
    ...(sandbox.perBranch && { perBranch: sandbox.perBranch }),
  };
}

function planService(
  sandbox: Sandbox,
  key: string,
  service: DeclaredService,
  shared: SharedVolumes,
): PlannedService {
  const command = commandOf(service);
  const aliases = aliasesOf(key, service);
  return {
    ...planContainer(sandbox, key, service),
    ...(service.entrypoint && { entrypoint: service.entrypoint }),
    ...(command && { command }),
    env: service.env ?? {},
    aliases,
    mounts: mountsOf(key, service, shared),
    files: Object.entries(service.files ?? {}).map(([target, source]) => ({ target, source })),
    init: false,
    privileged: service.privileged ?? false,
    placeCertificates: service.dockerDaemon !== undefined,
    ports: service.ports ?? [],
    published: publishedPorts(service),
    ...planProbes(service, aliases[0] ?? key),
    clientVariables: (connectionOf(key, service) as Partial<Connection>).variables ?? {},
    after: service.after ?? {},
    stop: {
      ...(service.stop?.signal && { signal: service.stop.signal }),
      grace: service.stop?.grace ?? "10s",
    },
    ...(service.dockerDaemon && { dockerDaemon: service.dockerDaemon }),
  };
}

function planJob(sandbox: Sandbox, key: string, job: DeclaredJob, shared: SharedVolumes): PlannedJob {
  return {
    ...planContainer(sandbox, key, job),
    env: job.env,
    // GitLab gives this name to the job's own container.
    aliases: ["build"],
    mounts: mountsOf(key, job, shared),
    files: [],
    ...(job.entrypoint && { entrypoint: job.entrypoint }),
    // A job's shell is no init: what it leaves behind would never be reaped, and it forwards no signal.
    init: true,
    privileged: false,
    placeCertificates: true,
    ...(job.files !== undefined && { projectFiles: job.files }),
    workingFolder: job.workingFolder ?? "/workspace",
    workingFolderIsFree: job.workingFolder === undefined,
    before: job.before ?? [],
    script: job.script,
    cleanup: job.cleanup ?? [],
    predefined: predefinedVariables(job),
    userNamespaces: job.userNamespaces ?? false,
    needs: job.needs ?? [],
    ...(job.variablesFile !== undefined && { variablesFile: job.variablesFile }),
    timeout: job.timeout ?? "1h",
    gitlab: job.gitlab ?? {},
  };
}

/** The part of a plan that services and jobs have in common. */
function planContainer(sandbox: Sandbox, key: string, container: ContainerDefinition) {
  const { memory, cpus } = container.limits ?? {};
  const isInternal = (network: string) => Number(sandbox.networks[network]?.internal ?? false);
  return {
    key,
    profiles: container.profiles ?? [],
    image: container.image,
    networks: [...networksOf(sandbox, container)].sort((one, other) => isInternal(one) - isInternal(other)),
    tmpfs: Object.fromEntries(
      Object.entries(container.tmpfs ?? {}).map(([target, size]) => [target, bytes(size)]),
    ),
    // Swap would only make a container that exceeds its memory slow.
    limits: {
      ...(memory !== undefined && { memoryBytes: bytes(memory), swapBytes: 0 }),
      ...(cpus !== undefined && { cpus }),
    },
    extraHosts: container.extraHosts ?? {},
    ...(container.user !== undefined && { user: container.user }),
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

function publishedPorts({ publish = false, ports = [] }: Service): readonly PlannedPort[] {
  if (publish === false) return [];
  if (publish === true) return ports.map((container) => ({ container, address: LOOPBACK }));
  return Object.entries(publish).map(([container, host]) => ({
    container: Number(container),
    host,
    address: LOOPBACK,
  }));
}

function imagesOf(containers: readonly PlannedContainer[]): readonly string[] {
  const images = containers.map(({ image }) => image).filter((image) => imageVariable(image) === undefined);
  return [...new Set(images)];
}
