import { NotReady } from "../../running/not-ready.ts";
import { startTogether } from "../../running/start-together.ts";
import { commandDocker, DockerRefused } from "../api.ts";
import { type Creation, createContainer } from "../create-container.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { waitUntilReady } from "../readiness.ts";
import { inspect, type StartedContainer } from "../started-container.ts";

/** The ports of the engine host's loopback, by container port. */
export type PublishedPorts = Readonly<Record<string, number>>;

/**
 * Starts the services side by side, each once those in its `after` are ready. The first failure ends all
 * waits. Returns or throws once no request is under way.
 * @param parts resolves once the networks and volumes exist
 * @returns the published ports of each, by key
 * @throws ServicesFailed; ConfigurationError for a missing file; the signal's reason
 */
export function startServices(
  sandbox: string,
  services: readonly DockerService[],
  creation: Creation,
  parts: Promise<unknown>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, PublishedPorts>>> {
  const start = (service: DockerService, before: Promise<unknown>, end: AbortSignal) =>
    startAfter(service, before, { ...creation, parts }, end).catch((error: unknown) => {
      throw error instanceof DockerRefused ? new NotReady(error.message) : error;
    });
  return startTogether(sandbox, services, start, signal);
}

async function startAfter(
  service: DockerService,
  before: Promise<unknown>,
  { parts, ...creation }: Creation & { readonly parts: Promise<unknown> },
  end: AbortSignal,
): Promise<PublishedPorts> {
  const { engine } = creation;
  const hasMounts = service.body.HostConfig.Mounts !== undefined;
  // The engine fills an empty volume from the image of the first container that is created with it.
  if (hasMounts) await before;
  // It creates a container without its first network, but connects it to no other one that is missing.
  if (hasMounts || service.connections.length > 0) await parts;
  end.throwIfAborted();
  const created = createContainer(service, creation);
  const [container] = await Promise.all([created, before, parts]).catch(async (error: unknown) => {
    await created.catch(() => {});
    throw error;
  });
  end.throwIfAborted();
  await commandDocker(engine, { method: "POST", path: `/containers/${container}/start` });
  await waitUntilReady({ engine, container }, service.readiness, end);
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
    return binding === undefined ? [] : [[port, Number(binding.HostPort)] as const];
  });
  return Object.fromEntries(bound);
}
