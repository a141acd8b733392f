import { callDocker, readText } from "./api.ts";
import type { BoundBody } from "./bind-secrets.ts";
import type { DockerHost } from "./host.ts";
import type { NetworkConnection } from "./lowering/container.ts";

/**
 * Creates a container and returns its id. Dockerode would repeat the whole body in the address of the request: secrets
 * would be in the engine's log, and long values would not fit.
 * @throws DockerRefused with the engine's reason
 */
export async function createContainer(engine: DockerHost, name: string, body: BoundBody): Promise<string> {
  const path = `/containers/create?name=${encodeURIComponent(name)}`;
  const answer = await callDocker(engine, { method: "POST", path, body });
  return (JSON.parse(await readText(answer)) as { readonly Id: string }).Id;
}

/** Connects a container to a network. */
export async function connectNetwork(
  engine: DockerHost,
  container: string,
  { Network, EndpointConfig }: NetworkConnection,
): Promise<void> {
  const path = `/networks/${encodeURIComponent(Network)}/connect`;
  const body = { Container: container, EndpointConfig };
  await readText(await callDocker(engine, { method: "POST", path, body }));
}
