import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import { wholeSeconds } from "../../model/healthcheck.ts";
import type { PlannedService } from "../../model/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { healthcheckArgs } from "./healthcheck.ts";
import { labelList } from "./label-list.ts";
import { spelledCpus } from "./provider-spelling.ts";
import { readyGate } from "./ready-gate.ts";
import type { BindText } from "./secrets.ts";
import type { Upload } from "./uploads.ts";

/** What a service's container is made of. */
export interface ServiceParts {
  /** How errors name the sandbox. */
  readonly sandbox: string;
  readonly image: docker.RemoteImage;
  /** The sandbox's networks by key. */
  readonly networks: ReadonlyMap<string, docker.Network>;
  /** The sandbox's volumes by key. */
  readonly volumes: ReadonlyMap<string, docker.Volume>;
  /** The files that are copied into it before it starts. */
  readonly uploads: readonly Upload[];
  readonly bind: BindText;
  /** The engine on which the container will be. Undefined for the one that the docker command would use. */
  readonly engine: DockerHost | undefined;
}

/** A service's container, and what others wait for before they use it. */
export interface CreatedService {
  readonly container: docker.Container;
  /** The container, once it is ready (or, if it runs once, completed). Fails when that does not happen. */
  readonly ready: pulumi.Output<docker.Container>;
}

/**
 * What the provider would change in place, but does not hand to Docker (terraform-provider-docker #988), is
 * replaced; and so is a container that could not be started: `#initerror` is the word of Pulumi's engine for
 * it.
 */
const REPLACE_ON = ["healthcheck", "tmpfs", "init", "#initerror"];

/** The container of a service. It is created when what it comes after is ready. */
export function createService(
  service: PlannedService,
  parts: ServiceParts,
  options: pulumi.CustomResourceOptions,
): CreatedService {
  const container = new docker.Container(service.name, containerArgs(service, parts), {
    ...options,
    replaceOnChanges: REPLACE_ON,
    deleteBeforeReplace: true,
  });
  const place = placeOf(service, parts);
  const after = pulumi.all([options.parent?.urn, options.dependsOn]);
  return {
    container,
    ready: readyGate({ place, container, readiness: service.readiness, after, engine: parts.engine }),
  };
}

/**
 * Refuses what Pulumi's Docker provider cannot make, or reads back as something else, so that every `up`
 * would replace the service.
 * @throws ConfigurationError
 */
export function requireProviderSupport(service: PlannedService, sandbox: string): void {
  const place = placeOf(service, { sandbox });
  const [host] = Object.entries(service.extraHosts).find(([, address]) => address.includes(":")) ?? [];
  if (host !== undefined) {
    throw new ConfigurationError(
      `${place}.extraHosts["${host}"]: Pulumi's Docker provider takes no IPv6 address; use one of IPv4`,
    );
  }
  wordsOf(service, place);
}

function placeOf({ key }: PlannedService, { sandbox }: Pick<ServiceParts, "sandbox">): string {
  return `${sandbox}.services.${key}`;
}

function containerArgs(service: PlannedService, parts: ServiceParts): docker.ContainerArgs {
  const { bind, uploads } = parts;
  const { entrypoint, command } = wordsOf(service, placeOf(service, parts));
  const hosts = Object.entries(service.extraHosts).map(([host, ip]) => ({ host, ip }));
  const mounts = service.mounts.map(({ volume, target, readOnly }) => ({
    type: "volume",
    source: partOf(parts.volumes, volume).name,
    target,
    readOnly,
  }));
  return {
    image: parts.image.imageId,
    ...(entrypoint && { entrypoints: [...entrypoint] }),
    ...(command && { command: [...command] }),
    envs: Object.entries(service.env).map(([name, value]) => environmentEntry(name, bind(value))),
    // Named as Docker reports it, or every look at the container would find a difference.
    networkMode: "bridge",
    networksAdvanced: service.networks.map((key) => ({
      name: partOf(parts.networks, key).name,
      aliases: [...service.aliases],
    })),
    ...(hosts.length > 0 && { hosts }),
    ...(mounts.length > 0 && { mounts }),
    ...(uploads.length > 0 && { uploads: [...uploads] }),
    ...tmpfsArgs(service),
    ...limitArgs(service),
    ...(service.privileged && { privileged: true }),
    ...(service.user !== undefined && { user: service.user }),
    ...(service.ports.length > 0 && { ports: portArgs(service) }),
    ...(service.healthcheck && { healthcheck: healthcheckArgs(service.healthcheck) }),
    ...(service.runsOnce && { mustRun: false }),
    ...(service.stopSignal !== undefined && { stopSignal: service.stopSignal }),
    // Without it the provider kills at once.
    destroyGraceSeconds: wholeSeconds(service.stopGrace),
    removeVolumes: true,
    restart: "no",
    labels: labelList(service.labels),
  };
}

/**
 * Entrypoint and command as the provider can hand them on: it drops an empty entrypoint and refuses empty
 * words in a command. Docker runs the words of both in one row.
 */
function wordsOf(
  { entrypoint, command = [] }: PlannedService,
  place: string,
): Pick<PlannedService, "entrypoint" | "command"> {
  const words = entrypoint && [...entrypoint, ...command];
  if (words?.length === 0) {
    throw new ConfigurationError(
      `${place}.entrypoint: is empty, and so is the command; Pulumi's Docker provider needs a command then`,
    );
  }
  if (words !== undefined && (entrypoint?.length === 0 || command.includes(""))) return { entrypoint: words };
  if (command.includes("")) {
    throw new ConfigurationError(
      `${place}.command: holds an empty word, which Pulumi's Docker provider refuses; give the service its entrypoint too`,
    );
  }
  return { ...(entrypoint && { entrypoint }), ...(command.length > 0 && { command }) };
}

function environmentEntry(name: string, value: pulumi.Input<string>): pulumi.Input<string> {
  return typeof value === "string"
    ? `${name}=${value}`
    : pulumi.output(value).apply((text) => `${name}=${text}`);
}

function tmpfsArgs({ tmpfs }: PlannedService): Pick<docker.ContainerArgs, "tmpfs"> {
  const entries = Object.entries(tmpfs).map(([target, bytes]) => [target, `size=${bytes}`] as const);
  return entries.length > 0 ? { tmpfs: Object.fromEntries(entries) } : {};
}

/** The period, in microseconds, in which a container may use its share of the processors. */
const CPU_PERIOD = 100_000;

function limitArgs({ memoryBytes, cpus }: PlannedService): Partial<docker.ContainerArgs> {
  const mebibytes = memoryBytes === undefined ? undefined : Math.ceil(memoryBytes / 1024 ** 2);
  return {
    // As much swap as memory means none.
    ...(mebibytes !== undefined && { memory: mebibytes, memorySwap: mebibytes }),
    ...(cpus !== undefined && cpuArgs(cpus)),
  };
}

/** The same limit in Docker's older words, where the provider would read the number back as another. */
function cpuArgs(cpus: number): Partial<docker.ContainerArgs> {
  const spelled = spelledCpus(cpus);
  if (spelled !== undefined) return { cpus: spelled };
  return { cpuPeriod: CPU_PERIOD, cpuQuota: Math.max(1000, Math.round(cpus * CPU_PERIOD)) };
}

/** In the order in which the provider reads them back. */
function portArgs({ ports }: PlannedService) {
  return [...ports]
    .sort((one, other) => one.container - other.container)
    .map(({ container, host }) => ({
      internal: container,
      ip: "127.0.0.1",
      ...(host !== undefined && { external: host }),
    }));
}

function partOf<Part>(parts: ReadonlyMap<string, Part>, key: string): Part {
  const part = parts.get(key);
  if (part === undefined) throw new Error(`the plan names "${key}", which it does not plan`);
  return part;
}
