import { pack } from "tar-stream";
import { renderText } from "../model/text.ts";
import { callDocker, readText } from "./api.ts";
import { contentOf, filesToCopy } from "./files-to-copy.ts";
import type { DockerHost } from "./host.ts";
import type { DockerContainer } from "./lowering/container.ts";

/** The inputs of a container's creation beside its body. */
export interface Creation {
  readonly engine: DockerHost;
  /** The values of secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
}

/**
 * Creates a container, connects it to its networks and copies its files in. Does not start it.
 * Not with dockerode, which repeats the body in the URL: secrets would be in the engine's log.
 * @returns its id
 * @throws DockerRefused with the engine's reason, once the container is removed
 */
export async function createContainer(container: DockerContainer, creation: Creation): Promise<string> {
  const { engine, secrets } = creation;
  const { body, connections } = container;
  const env = body.Env.map((variable) => renderText(variable, (name) => secrets[name] ?? ""));
  const answer = await callDocker(engine, {
    method: "POST",
    path: `/containers/create?name=${encodeURIComponent(container.name)}`,
    body: { ...body, Env: env },
  });
  const { Id: id } = JSON.parse(await readText(answer)) as { readonly Id: string };
  try {
    for (const { Network, EndpointConfig } of connections) {
      const path = `/networks/${encodeURIComponent(Network)}/connect`;
      await send(engine, { method: "POST", path, body: { Container: id, EndpointConfig } });
    }
    if (container.files.length + container.folders.length > 0) await copyFiles(container, id, creation);
    return id;
  } catch (error) {
    await send(engine, { method: "DELETE", path: `/containers/${id}?force=1&v=1` });
    throw error;
  }
}

async function copyFiles(
  container: DockerContainer,
  id: string,
  { engine, secrets, projectFolder }: Creation,
): Promise<void> {
  const archive = pack();
  for (const folder of container.folders)
    archive.entry({ name: folder.slice(1), type: "directory", mode: 0o777 });
  for (const file of filesToCopy(container, projectFolder))
    archive.entry({ name: file.path.slice(1), mode: file.mode }, contentOf(file, secrets));
  archive.finalize();
  await send(engine, {
    method: "PUT",
    path: `/containers/${id}/archive?path=/`,
    body: archive,
    headers: { "content-type": "application/x-tar" },
  });
}

async function send(engine: DockerHost, request: Parameters<typeof callDocker>[1]): Promise<void> {
  await readText(await callDocker(engine, request));
}
