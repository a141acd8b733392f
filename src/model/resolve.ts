import { certificatesFrom, NO_CERTIFICATES } from "./certificates.ts";
import { healthcheckOf, readinessOf } from "./healthcheck.ts";
import { networksOf } from "./joined-networks.ts";
import { LABEL, type Labels } from "./labels.ts";
import { base36Digest } from "./names.ts";
import type {
  Plan,
  PlannedContainer,
  PlannedJob,
  PlannedMount,
  PlannedNetwork,
  PlannedPort,
  PlannedService,
} from "./plan.ts";
import { checkPrivilege } from "./privilege.ts";
import { type Probe, tcp } from "./probe.ts";
import { ConfigurationError } from "./problem.ts";
import type { DeclaredJob, Sandbox } from "./sandbox.ts";
import { aliasesOf, type ContainerDefinition, type DeclaredService, type Service } from "./service.ts";
import { type SharedVolume, sharedVolumesOf } from "./shares.ts";
import { bytes } from "./size.ts";
import { startOrder } from "./start-order.ts";
import type { SubnetRequest } from "./subnets.ts";
import type { Surroundings } from "./surroundings.ts";
import { secretsIn } from "./text.ts";

/** Where a job works when its declaration does not say. */
export const WORKING_FOLDER = "/workspace";

/** The subnets that a sandbox needs on a stack. */
export function subnetRequests(sandbox: Sandbox, stack: string): readonly SubnetRequest[] {
  return Object.keys(sandbox.networks).map((network) => {
    const containers = [...Object.values(sandbox.services), ...Object.values(sandbox.jobs)];
    const joining = containers.filter((container) => networksOf(sandbox, container).includes(network));
    return { key: networkSubnetKey(stack, sandbox.name, network), containers: joining.length };
  });
}

/** Identifies a network among all that share a pool. */
export function networkSubnetKey(stack: string, sandbox: string, network: string): string {
  return `${stack}/${sandbox}/${network}`;
}

/**
 * Makes a declaration concrete for one run. A pure function: the same declaration in the same surroundings
 * gives the same plan.
 * @throws ConfigurationError when the declaration asks for what its surroundings do not allow
 */
export function resolve(sandbox: Sandbox, surroundings: Surroundings): Plan {
  checkPrivilege(sandbox, surroundings);
  const services = activeServices(sandbox, surroundings);
  const shared = Object.fromEntries(services.map(([key, service]) => [key, sharedVolumesOf(key, service)]));
  const plannedServices = services.map(([key, service]) =>
    planService(sandbox, key, service, surroundings, shared),
  );
  const jobs = Object.entries(sandbox.jobs).map(([key, job]) =>
    planJob(sandbox, key, job, surroundings, shared),
  );
  const volumes = [
    ...sandbox.volumes,
    ...Object.values(shared).flatMap((mounts) => mounts.map(({ volume }) => volume)),
  ];
  return {
    sandbox: sandbox.name,
    stack: surroundings.stack,
    profiles: surroundings.profiles,
    networks: Object.entries(sandbox.networks).map(([key, { internal = false }]) =>
      planNetwork(sandbox, key, internal, surroundings),
    ),
    volumes: volumes.map((key) => ({
      key,
      name: partName(sandbox, key, surroundings),
      labels: labelsFor(sandbox, key, "volume", surroundings),
    })),
    services: plannedServices,
    jobs,
    secrets: secretNamesIn([
      ...plannedServices,
      ...jobs.filter((job) => isActive(job, surroundings.profiles)),
    ]),
  };
}

function planNetwork(
  sandbox: Sandbox,
  key: string,
  internal: boolean,
  surroundings: Surroundings,
): PlannedNetwork {
  const subnet = surroundings.subnets[networkSubnetKey(surroundings.stack, sandbox.name, key)];
  if (!subnet)
    throw new ConfigurationError(`${sandbox.name}.networks.${key}: no subnet was allocated for it`);
  const mtu = surroundings.mtu !== undefined && surroundings.mtu < 1500 ? { mtu: surroundings.mtu } : {};
  return {
    key,
    name: partName(sandbox, key, surroundings),
    internal,
    subnet,
    ...mtu,
    labels: labelsFor(sandbox, key, "network", surroundings),
  };
}

function planService(
  sandbox: Sandbox,
  key: string,
  service: DeclaredService,
  surroundings: Surroundings,
  shared: SharedVolumes,
): PlannedService {
  const probe = service.runsOnce ? undefined : (service.probe ?? defaultProbe(service));
  const healthcheck = healthcheckOf(probe);
  const daemon = service.dockerDaemon !== undefined;
  const certificates = daemon ? certificatesFrom(surroundings) : NO_CERTIFICATES;
  const command = daemon ? daemonCommand(service, surroundings) : service.command;
  const container = planContainer(sandbox, key, "service", service, surroundings);
  return withPlanLabel({
    ...container,
    labels: {
      ...container.labels,
      ...(service.runsOnce && { [LABEL.runsOnce]: "true" }),
      ...(probe?.kind === "log" && { [LABEL.readyByLog]: "true" }),
      ...attemptLabel(surroundings.attempts?.[key]),
    },
    ...(service.entrypoint && { entrypoint: service.entrypoint }),
    ...(command && { command }),
    env: { ...certificates.env, ...service.env },
    aliases: aliasesOf(key, service),
    mounts: [
      ...mountsOf(service),
      ...(shared[key] ?? []).map((mount) => ({ ...mount, readOnly: false })),
      ...sharedMounts(key, service, shared),
    ],
    files: [
      ...certificates.files,
      ...Object.entries(service.files ?? {}).map(([target, source]) => ({ target, source })),
    ],
    privileged: service.privileged ?? false,
    ...(healthcheck && { healthcheck }),
    readiness: readinessOf(probe, service),
    ports: portsOf(service),
    after: service.after ?? {},
    runsOnce: service.runsOnce ?? false,
    ...(service.stop?.signal && { stopSignal: service.stop.signal }),
    stopGrace: service.stop?.grace ?? "10s",
  });
}

function planJob(
  sandbox: Sandbox,
  key: string,
  job: DeclaredJob,
  surroundings: Surroundings,
  shared: SharedVolumes,
): PlannedJob {
  const certificates = certificatesFrom(surroundings);
  return withPlanLabel({
    ...planContainer(sandbox, key, "job", job, surroundings),
    env: { ...certificates.env, ...job.env },
    // GitLab gives the job's own container this name on a network per build.
    aliases: ["build"],
    mounts: [...mountsOf(job), ...sharedMounts(key, job, shared)],
    files: certificates.files,
    ...(job.entrypoint && { entrypoint: job.entrypoint }),
    privileged: false,
    workingFolder: job.workingFolder ?? WORKING_FOLDER,
    ...(job.files !== undefined && { projectFiles: job.files }),
    before: job.before ?? [],
    script: job.script,
    cleanup: job.cleanup ?? [],
    userNamespaces: job.userNamespaces ?? false,
    needs: job.needs ?? [],
    ...(job.variablesFile !== undefined && { variablesFile: job.variablesFile }),
    timeout: job.timeout ?? "1h",
    profiles: job.profiles ?? [],
  });
}

function planContainer(
  sandbox: Sandbox,
  key: string,
  kind: "service" | "job",
  container: ContainerDefinition,
  surroundings: Surroundings,
): Omit<PlannedContainer, "env" | "aliases" | "mounts" | "files" | "privileged"> {
  const { memory, cpus } = container.limits ?? {};
  return {
    key,
    name: partName(sandbox, key, surroundings),
    image: container.image,
    networks: [...networksOf(sandbox, container)].sort(
      (one, other) => Number(isInternal(sandbox, one)) - Number(isInternal(sandbox, other)),
    ),
    tmpfs: Object.fromEntries(
      Object.entries(container.tmpfs ?? {}).map(([target, size]) => [target, bytes(size)]),
    ),
    ...(memory !== undefined && { memoryBytes: bytes(memory) }),
    ...(cpus !== undefined && { cpus }),
    extraHosts: container.extraHosts ?? {},
    ...(container.user !== undefined && { user: container.user }),
    labels: labelsFor(sandbox, key, kind, surroundings),
  };
}

function activeServices(
  sandbox: Sandbox,
  { profiles }: Surroundings,
): readonly (readonly [string, DeclaredService])[] {
  const active = Object.entries(sandbox.services).filter(([, service]) => isActive(service, profiles));
  const order = startOrder(
    Object.fromEntries(active.map(([key, { after = {} }]) => [key, Object.keys(after)])),
  );
  return [...active].sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
}

function isActive(
  { profiles: own = [] }: Pick<ContainerDefinition, "profiles">,
  profiles: readonly string[],
): boolean {
  return own.length === 0 || own.some((profile) => profiles.includes(profile));
}

/** The volumes through which services share folders, by service. */
type SharedVolumes = Readonly<Record<string, readonly SharedVolume[]>>;

/** The folders that other services share with a container that refers to them. */
function sharedMounts(
  key: string,
  { refersTo }: DeclaredService | DeclaredJob,
  shared: SharedVolumes,
): readonly PlannedMount[] {
  return refersTo
    .filter((other) => other !== key)
    .flatMap((other) => shared[other] ?? [])
    .map((volume) => ({ ...volume, readOnly: true }));
}

function mountsOf({ volumes = {} }: ContainerDefinition): readonly PlannedMount[] {
  return Object.entries(volumes).map(([target, volume]) => ({ volume, target, readOnly: false }));
}

function portsOf({ publish = false, ports = [] }: Service): readonly PlannedPort[] {
  if (publish === false) return [];
  if (publish === true) return ports.map((container) => ({ container }));
  return Object.entries(publish).map(([container, host]) => ({ container: Number(container), host }));
}

function defaultProbe({ ports = [] }: Service): Probe | undefined {
  return ports[0] === undefined ? undefined : tcp(ports[0]);
}

/**
 * What a Docker daemon in a sandbox must know of this machine. Without a client's TLS, `--tls=false` spares
 * dockerd's deliberate 16 s of waiting.
 */
function daemonCommand(
  { command = [], dockerDaemon }: Service,
  { mtu, registryMirror }: Surroundings,
): readonly string[] {
  return [
    ...command,
    ...(dockerDaemon?.tls ? [] : ["--tls=false"]),
    ...(mtu !== undefined && mtu < 1500 ? [`--mtu=${mtu}`] : []),
    ...(registryMirror === undefined ? [] : [`--registry-mirror=${registryMirror}`]),
  ];
}

function secretNamesIn(containers: readonly PlannedContainer[]): readonly string[] {
  const texts = containers.flatMap(({ env, files }) => [
    ...Object.values(env),
    ...files.flatMap(({ source }) => ("content" in source ? [source.content] : [])),
  ]);
  return [...new Set(texts.flatMap(secretsIn))].sort();
}

function isInternal(sandbox: Sandbox, network: string): boolean {
  return sandbox.networks[network]?.internal ?? false;
}

/**
 * Underscores between the parts, which have none themselves: with dashes, sandbox `a-b` with part `c` and
 * sandbox `a` with part `b-c` would meet.
 */
function partName(sandbox: Sandbox, key: string, { stack }: Surroundings): string {
  return `${stack}_${sandbox.name}_${key}`;
}

function labelsFor(
  sandbox: Sandbox,
  part: string,
  kind: "network" | "volume" | "service" | "job",
  { owner, project, stack, branch, created, timeToLive }: Surroundings,
): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.project]: project,
    [LABEL.stack]: stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
    [LABEL.sandbox]: sandbox.name,
    [LABEL.kind]: kind,
    [LABEL.part]: part,
    [LABEL.created]: created,
    [LABEL.timeToLive]: timeToLive,
  };
}

function attemptLabel(attempt = 0): Labels {
  return attempt === 0 ? {} : { [LABEL.attempt]: String(attempt) };
}

/**
 * Labels a container with the hash of all that it is, so that a running one can be compared with a
 * declaration.
 */
function withPlanLabel<Container extends PlannedContainer>(container: Container): Container {
  const { labels, ...what } = container;
  return { ...container, labels: { ...labels, [LABEL.plan]: base36Digest(JSON.stringify(what), 12) } };
}
