import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { connect } from "../../engine/client.ts";
import { lastOutput, waitForLogLine } from "../../engine/readiness.ts";
import type { DockerHost } from "../../machine/docker/host.ts";
import { wholeSeconds } from "../../sandboxes/model/healthcheck.ts";
import type { PlannedService } from "../../sandboxes/model/plan.ts";
import { explain, ProgramError } from "../program-error.ts";
import { healthcheckArgs } from "./healthcheck.ts";
import { labelList } from "./label-list.ts";
import type { BindText } from "./secrets.ts";
import type { Upload } from "./uploads.ts";

/** What a service's container is made of. */
export interface ServiceParts {
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
  /** The container, once it is ready (or, if it runs once, completed). Fails with its last output when that does not happen. */
  readonly ready: pulumi.Input<docker.Container>;
}

/**
 * What the provider would change in place, but does not hand to Docker (terraform-provider-docker #988), is made again; and so is a container that never got ready, which the
 * provider keeps and would not wait for a second time (`#initerror` is the engine's word for it).
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
  return { container, ready: readyGate(service, container, parts.engine) };
}

function containerArgs(service: PlannedService, parts: ServiceParts): docker.ContainerArgs {
  const { bind, uploads } = parts;
  const hosts = Object.entries(service.extraHosts).map(([host, ip]) => ({ host, ip }));
  const mounts = service.mounts.map(({ volume, target, readOnly }) => ({
    type: "volume",
    source: partOf(parts.volumes, volume).name,
    target,
    readOnly,
  }));
  return {
    image: parts.image.imageId,
    ...(service.entrypoint && { entrypoints: [...service.entrypoint] }),
    ...(service.command && { command: [...service.command] }),
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
    ...readinessArgs(service),
    ...(service.stopSignal !== undefined && { stopSignal: service.stopSignal }),
    // Without it the provider kills at once.
    destroyGraceSeconds: wholeSeconds(service.stopGrace),
    removeVolumes: true,
    restart: "no",
    labels: labelList(service.labels),
  };
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

function limitArgs({
  memoryBytes,
  cpus,
}: PlannedService): Pick<docker.ContainerArgs, "memory" | "memorySwap" | "cpus"> {
  const mebibytes = memoryBytes === undefined ? undefined : Math.ceil(memoryBytes / 1024 ** 2);
  return {
    // As much swap as memory means none.
    ...(mebibytes !== undefined && { memory: mebibytes, memorySwap: mebibytes }),
    ...(cpus !== undefined && { cpus: String(cpus) }),
  };
}

function portArgs({ ports }: PlannedService) {
  return ports.map(({ container, host }) => ({
    internal: container,
    ip: "127.0.0.1",
    ...(host !== undefined && { external: host }),
  }));
}

function readinessArgs({ readiness, runsOnce }: PlannedService): Partial<docker.ContainerArgs> {
  if (runsOnce) return { attach: true, logs: true, mustRun: false };
  if (readiness.kind !== "healthy") return {};
  return { wait: true, waitTimeout: wholeSeconds(readiness.within) };
}

/** What the provider does not wait for is waited for here: a line of output, and the exit code of what runs once. Not in a preview, where there is no container. */
function readyGate(
  service: PlannedService,
  container: docker.Container,
  engine: DockerHost | undefined,
): pulumi.Input<docker.Container> {
  const { readiness, name, runsOnce } = service;
  if (runsOnce) {
    return pulumi.all([container.id, container.exitCode]).apply(async ([id, exitCode]) => {
      if (exitCode === 0) return container;
      const output = await lastOutput(await connect(engine), id);
      throw new ProgramError(`${name} ended with exit code ${exitCode}. Its last output:\n${output}`);
    });
  }
  if (readiness.kind !== "log") return container;
  return container.id.apply(async (id) => {
    await waitForLogLine(await connect(engine), { container: id, name, ...readiness }).catch(explain);
    return container;
  });
}

function partOf<Part>(parts: ReadonlyMap<string, Part>, key: string): Part {
  const part = parts.get(key);
  if (part === undefined) throw new Error(`the plan names "${key}", which it does not plan`);
  return part;
}
