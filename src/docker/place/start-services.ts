import { NotReady } from "../../sandbox/not-ready.ts";
import { serviceSpan } from "../../sandbox/part-span.ts";
import type { Address } from "../../sandbox/running-sandbox.ts";
import { startTogether } from "../../sandbox/start-together.ts";
import { timed } from "../../timings/timings.ts";
import { commandDocker, DockerRefused } from "../api.ts";
import { type Creation, createContainer } from "../create-container.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { waitUntilReady } from "../readiness.ts";
import { inspect, type StartedContainer } from "../started-container.ts";
import { timedWait } from "../timed-wait.ts";
import { namingPortHolder } from "./published-ports.ts";

/** The addresses on the engine's machine, by container port. */
export type PublishedPorts = Readonly<Record<string, Address>>;

/**
 * Starts the services side by side, each once those in its `after` are ready. The first failure ends all
 * waits. Returns or throws once no request is under way.
 * @param partsOf the networks and volumes of a service, by its key
 * @returns the published ports of each, by key
 * @throws ServicesFailed; ConfigurationError for a missing file; the signal's reason
 */
export function startServices(
  sandbox: string,
  services: readonly DockerService[],
  creation: Creation,
  partsOf: (service: string) => ServiceParts,
  signal: AbortSignal,
): Promise<Readonly<Record<string, PublishedPorts>>> {
  const start = (service: DockerService, before: Promise<unknown>, end: AbortSignal) =>
    startService(service, before, { ...creation, parts: partsOf(service.key) }, end).catch(asNotReady);
  return startTogether(sandbox, services, start, signal);
}

/** @throws NotReady for a container that the engine refuses; every other error */
export function asNotReady(error: unknown): never {
  throw error instanceof DockerRefused ? new NotReady(error.message) : error;
}

/** Networks and volumes that a service waits for. */
export interface ServiceParts {
  /** Resolves once they exist. */
  readonly exist: Promise<unknown>;
  /** The parts of spans, or their kinds: "network default", "volume". */
  readonly spans: readonly string[];
}

/** What the start of a service needs. */
export interface ServiceStart extends Creation {
  readonly parts: ServiceParts;
  /** Called with the id of the container once it is created. @default nothing */
  readonly onCreated?: (container: string) => void;
}

/**
 * Starts a service, and waits until it is ready.
 * @param before resolves once the services are ready that it comes after
 * @param end ends the wait, and the start before it
 */
export async function startService(
  service: DockerService,
  before: Promise<unknown>,
  { parts, onCreated, ...creation }: ServiceStart,
  end: AbortSignal,
): Promise<PublishedPorts> {
  const { engine, timings } = creation;
  const spanOf = (step: string) => serviceSpan(service, ["subnets", ...parts.spans], step);
  const hasMounts = service.body.HostConfig.Mounts !== undefined;
  // The engine fills an empty volume from the image of the first container that is created with it.
  if (hasMounts) await before;
  // It creates a container without its first network, but connects it to no other one that is missing.
  if (hasMounts || service.connections.length > 0) await parts.exist;
  end.throwIfAborted();
  const created = timed(timings, spanOf("create"), () => createContainer(service, creation));
  if (onCreated !== undefined) created.then(onCreated, () => {});
  const [container] = await Promise.all([created, before, parts.exist]).catch(async (error: unknown) => {
    await created.catch(() => {});
    throw error;
  });
  end.throwIfAborted();
  const path = `/containers/${container}/start`;
  await timed(timings, spanOf("start"), () =>
    commandDocker(engine, { method: "POST", path }).catch(async (error: unknown) => {
      throw await namingPortHolder(engine, error);
    }),
  );
  const started = { engine, container };
  await timedWait(timings, started, spanOf("ready"), () => waitUntilReady(started, service.readiness, end));
  return publishedPorts({ engine, container }, service);
}

/** One request if the service publishes ports, otherwise none. */
async function publishedPorts(
  started: StartedContainer,
  { published }: DockerService,
): Promise<PublishedPorts> {
  if (published.length === 0) return {};
  const { Ports } = (await inspect(started)).NetworkSettings;
  const bound = published.flatMap((port) => {
    const [binding] = Ports[`${port}/tcp`] ?? [];
    if (binding === undefined) return [];
    return [[port, { host: binding.HostIp, port: Number(binding.HostPort) }] as const];
  });
  return Object.fromEntries(bound);
}
