import { renderText } from "../model/text.ts";
import { askDocker, commandDocker } from "./api.ts";
import { putArchive } from "./container-file.ts";
import { contentOf, filesToCopy } from "./files-to-copy.ts";
import type { DockerHost } from "./host.ts";
import type { DockerContainer } from "./lowering/container.ts";
import { removeContainer } from "./remove-container.ts";

/** What the creation of a container needs beside its body. */
export interface Creation {
  readonly engine: DockerHost;
  /** The values of secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
}

/**
 * Creates a container, connects it to its networks and copies its files in. Does not start it.
 * @returns its id
 * @throws DockerRefused with the engine's reason, once the container is removed
 */
export async function createContainer(container: DockerContainer, creation: Creation): Promise<string> {
  const { engine, secrets } = creation;
  const { body, connections } = container;
  const env = body.Env.map((variable) => renderText(variable, (name) => secrets[name] ?? ""));
  const path = `/containers/create?name=${encodeURIComponent(container.name)}`;
  const request = { method: "POST", body: { ...body, Env: env } } as const;
  const { Id: id } = await askDocker<{ readonly Id: string }>(engine, path, request);
  try {
    for (const { Network, EndpointConfig } of connections) {
      const path = `/networks/${encodeURIComponent(Network)}/connect`;
      await commandDocker(engine, { method: "POST", path, body: { Container: id, EndpointConfig } });
    }
    if (container.files.length + container.folders.length > 0) await copyFiles(container, id, creation);
    return id;
  } catch (error) {
    await removeContainer(engine, id);
    throw error;
  }
}

async function copyFiles(
  container: DockerContainer,
  id: string,
  { engine, secrets, projectFolder }: Creation,
): Promise<void> {
  // Imported here: most containers get no files.
  const { pack } = await import("tar-stream");
  const archive = pack();
  for (const folder of container.folders)
    archive.entry({ name: folder.slice(1), type: "directory", mode: 0o777 });
  for (const file of filesToCopy(container, projectFolder))
    archive.entry({ name: file.path.slice(1), mode: file.mode }, contentOf(file, secrets));
  archive.finalize();
  await putArchive(engine, id, "/", archive);
}
