import { statSync } from "node:fs";
import { type ArchiveEntry, archiveOf } from "../machine/archive.ts";
import type { Environment } from "../machine/environment.ts";
import { renderText } from "../model/text.ts";
import type { Timed } from "../timings/timings.ts";
import { askDocker, commandDocker, DockerRefused } from "./api.ts";
import { putArchive } from "./container-file.ts";
import { containerProxies } from "./container-proxies.ts";
import { type FileToCopy, filesToCopy } from "./files-to-copy.ts";
import type { DockerHost } from "./host.ts";
import type { DockerContainer } from "./lowering/container.ts";
import { explainMounts, requireShared } from "./mounted-folders.ts";
import { requirePlatform } from "./registry/require-platform.ts";
import { removeContainer } from "./remove-container.ts";

/** What the creation of a container needs beside its body. */
export interface Creation extends Timed {
  readonly engine: DockerHost;
  /** The values of secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
  /** Has the logins of registries, for an image of another platform. */
  readonly environment: Environment;
}

/** The values that a container gets in its variables and files: those of its secrets, and the proxies'. */
export function secretValues({
  engine,
  secrets,
  environment,
}: Omit<Creation, "projectFolder">): (name: string) => string {
  const values: Readonly<Record<string, string>> = { ...containerProxies(engine, environment), ...secrets };
  return (name) => values[name] ?? "";
}

/** How Podman refuses a network that another request has created a moment ago. */
const UNKNOWN_NETWORK = /unable to find network/;

/**
 * Creates a container, connects it to its networks and copies its files in. Does not start it.
 * @returns its id
 * @throws DockerRefused with the engine's reason, once the container is removed; ConfigurationError for a
 * mounted folder that the engine does not have
 */
export async function createContainer(container: DockerContainer, creation: Creation): Promise<string> {
  const { engine, projectFolder, environment } = creation;
  const { body, connections, platform } = container;
  const secretValue = secretValues(creation);
  const env = body.Env.map((variable) => renderText(variable, secretValue));
  const query = new URLSearchParams({ name: container.name, ...(platform !== undefined && { platform }) });
  if (platform !== undefined) await requirePlatform(engine, body.Image, platform, environment);
  const path = `/containers/create?${query}`;
  const request = { method: "POST", body: { ...body, Env: env } } as const;
  const create = () => askDocker<{ readonly Id: string }>(engine, path, request);
  const { Id: id } = await create().catch(async (error: unknown) => {
    if (!(error instanceof DockerRefused && UNKNOWN_NETWORK.test(error.message)))
      throw explainMounts(error, engine, container.mounted);
    await askDocker(engine, "/networks");
    return create();
  });
  try {
    await requireShared(engine, id, container.mounted);
    for (const { Network, EndpointConfig } of connections) {
      const path = `/networks/${encodeURIComponent(Network)}/connect`;
      await commandDocker(engine, { method: "POST", path, body: { Container: id, EndpointConfig } });
    }
    if (container.files.length + container.folders.length > 0)
      await putArchive(engine, id, "/", archiveOf(entriesOf(container, projectFolder, secretValue)));
    return id;
  } catch (error) {
    await removeContainer(engine, id);
    throw error;
  }
}

function entriesOf(
  container: DockerContainer,
  projectFolder: string,
  secretValue: (name: string) => string,
): readonly ArchiveEntry[] {
  return [
    ...container.folders.map((folder) => ({ name: folder.slice(1), mode: 0o777, isFolder: true as const })),
    ...filesToCopy(container, projectFolder).map((file) => entryOf(file, secretValue)),
  ];
}

function entryOf({ path, mode, source }: FileToCopy, secretValue: (name: string) => string): ArchiveEntry {
  const common = { name: path.slice(1), mode };
  if ("content" in source)
    return { ...common, content: Buffer.from(renderText(source.content, secretValue)) };
  if ("projectFile" in source) return { ...common, file: source.projectFile, size: source.size };
  return { ...common, file: source.hostFile, size: statSync(source.hostFile).size };
}
