import { NotReady } from "../../running/not-ready.ts";
import { commandDocker, DockerRefused } from "../api.ts";
import { type Creation, createContainer } from "../create-container.ts";
import type { DockerObjects } from "../lowering/lower-sandbox.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { waitUntilReady } from "../readiness.ts";
import { readEndpoint, type StartedService } from "./service-endpoint.ts";

/** Services failed to start: each with its place, the reason and its last output. */
export class ServicesFailed extends Error {
  override readonly name = "ServicesFailed";
}

/**
 * Starts the services side by side, each once those in its `after` are ready. The first failure ends all
 * waits. Returns or throws once no request is under way.
 * @param parts resolves once the networks and volumes exist
 * @returns the endpoints, by key
 * @throws ServicesFailed; ConfigurationError for a missing file; the signal's reason
 */
export async function startServices(
  { sandbox, services }: DockerObjects,
  creation: Creation,
  parts: Promise<unknown>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, StartedService>>> {
  const failure = new AbortController();
  const end = AbortSignal.any([signal, failure.signal]);
  const started = new Map<string, Promise<StartedService>>();
  for (const service of services) {
    const ready = startInOrder(service, started, { ...creation, parts }, end).catch((error: unknown) => {
      const explained = explain(error, `${sandbox}.services.${service.key}`);
      failure.abort(explained);
      throw explained;
    });
    started.set(service.key, ready);
  }
  const ends = await Promise.allSettled(started.values());
  signal.throwIfAborted();
  const failures = new Set(ends.flatMap((one) => (one.status === "rejected" ? [one.reason] : [])));
  if (failures.size > 0) throw together([...failures]);
  const endpoints = [...started].map(async ([key, ready]) => [key, await ready] as const);
  return Object.fromEntries(await Promise.all(endpoints));
}

async function startInOrder(
  service: DockerService,
  started: ReadonlyMap<string, Promise<StartedService>>,
  { parts, ...creation }: Creation & { readonly parts: Promise<unknown> },
  end: AbortSignal,
): Promise<StartedService> {
  const { engine } = creation;
  const before = Promise.all(Object.keys(service.after).map((key) => started.get(key)));
  before.catch(() => {});
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
  return readEndpoint({ engine, container }, service);
}

function explain(error: unknown, place: string): unknown {
  if (error instanceof NotReady || error instanceof DockerRefused)
    return new ServicesFailed(`${place}: ${error.message}`);
  return error;
}

/** One error for all; the first one if another kind is among them. */
function together(failures: readonly unknown[]): unknown {
  const other = failures.find((failure) => !(failure instanceof ServicesFailed));
  if (other !== undefined) return other;
  const messages = failures.map((failure) => (failure as ServicesFailed).message);
  return new ServicesFailed(messages.sort().join("\n"));
}
