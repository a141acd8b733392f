import { NotReady } from "../../running/not-ready.ts";
import { startTogether } from "../../running/start-together.ts";
import { commandDocker, DockerRefused } from "../api.ts";
import { type Creation, createContainer } from "../create-container.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { waitUntilReady } from "../readiness.ts";
import { readEndpoint, type StartedService } from "./service-endpoint.ts";

/**
 * Starts the services side by side, each once those in its `after` are ready. The first failure ends all
 * waits. Returns or throws once no request is under way.
 * @param parts resolves once the networks and volumes exist
 * @returns the endpoints, by key
 * @throws ServicesFailed; ConfigurationError for a missing file; the signal's reason
 */
export function startServices(
  sandbox: string,
  services: readonly DockerService[],
  creation: Creation,
  parts: Promise<unknown>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, StartedService>>> {
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
): Promise<StartedService> {
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
  return readEndpoint({ engine, container }, service);
}
