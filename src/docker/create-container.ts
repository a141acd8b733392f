import type Docker from "dockerode";
import { callDocker, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * Creates a container and gives its id. Not through dockerode, which repeats the whole body in the request's
 * address: secrets in the environment would stand in the engine's log, and long values would not fit.
 * @throws DockerRefused with the engine's word when it cannot be created
 */
export async function createContainer(
  engine: DockerHost,
  name: string,
  body: Docker.ContainerCreateOptions,
): Promise<string> {
  const path = `/containers/create?name=${encodeURIComponent(name)}`;
  const answer = await callDocker(engine, { method: "POST", path, body });
  return (JSON.parse(await readText(answer)) as { readonly Id: string }).Id;
}
