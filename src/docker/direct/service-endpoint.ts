import type { DockerService } from "../lowering/lower-service.ts";
import { inspect, type StartedContainer } from "../started-container.ts";

/** The endpoint of a running service. */
export interface StartedService {
  readonly container: string;
  /** The service's host names on its networks. */
  readonly aliases: readonly string[];
  /** The ports of the engine host's loopback, by container port. */
  readonly published: Readonly<Record<string, number>>;
}

/** Reads the endpoint of a service. One request if it publishes ports, otherwise none. */
export async function readEndpoint(
  started: StartedContainer,
  { name, aliases, published }: DockerService,
): Promise<StartedService> {
  if (published.length === 0) return { container: name, aliases, published: {} };
  const { Ports } = (await inspect(started)).NetworkSettings;
  const bound = published.flatMap((port) => {
    const [binding] = Ports[`${port}/tcp`] ?? [];
    return binding === undefined ? [] : [[port, Number(binding.HostPort)] as const];
  });
  return { container: name, aliases, published: Object.fromEntries(bound) };
}
