import { randomBytes } from "node:crypto";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mountedFolder } from "../machine/mounted-folder.ts";
import { isMounted } from "../model/file-source.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { askDocker, commandDocker, DockerRefused, existing } from "./api.ts";
import { type DockerHost, isOnThisMachine, socketPath } from "./host.ts";
import { type DockerContainer, type MountedFolder, mountBodies } from "./lowering/container.ts";
import type { MountedFolders } from "./lowering/placement.ts";
import { removeContainer } from "./remove-container.ts";

/**
 * The real paths of the project's folders that services of a plan mount, by declared path.
 * @throws ConfigurationError for one that is missing, is no folder, or is outside the project
 */
export function mountedFoldersOf(
  { services }: Pick<Plan, "services">,
  projectFolder: string,
): { readonly mountedFolders?: MountedFolders } {
  const found = services.flatMap(({ key, files }) =>
    files.flatMap(({ source }) =>
      isMounted(source) ? [[source.path, mountedFolder(projectFolder, source.path, key)] as const] : [],
    ),
  );
  return found.length === 0 ? {} : { mountedFolders: Object.fromEntries(found) };
}

/**
 * As {@link mountedFoldersOf}, on an engine that may have this machine's files.
 * @throws ConfigurationError also for an engine of another address, and for a folder with its socket
 */
export function mountedFoldersOn(
  engine: DockerHost,
  plan: Pick<Plan, "services">,
  projectFolder: string,
): ReturnType<typeof mountedFoldersOf> {
  const found = mountedFoldersOf(plan, projectFolder);
  for (const [declared, source] of Object.entries(found.mountedFolders ?? {}))
    requireMountable(engine, { declared, source });
  return found;
}

/** @throws ConfigurationError for an engine of another address, and for a folder with its socket */
export function requireMountable(
  engine: DockerHost,
  { declared, source }: Pick<MountedFolder, "declared" | "source">,
): void {
  if (!isOnThisMachine(engine)) throw notShared(engine, { declared, source });
  const socket = realSocketOf(engine);
  if (socket === undefined || path.relative(source, socket).split(path.sep)[0] === "..") return;
  throw new ConfigurationError(
    `${source}: has the engine's socket ${socket} in it, by which a container is root of the host; ` +
      `mount a folder without it, instead of ${JSON.stringify(declared)}`,
  );
}

function realSocketOf(engine: DockerHost): string | undefined {
  const socket = socketPath(engine);
  try {
    return socket === undefined ? undefined : realpathSync(socket);
  } catch {
    return socket;
  }
}

/**
 * Checks before a container starts that the folders it mounts are this machine's: an engine in a container,
 * or behind a forwarded address, has other files at their paths. It must show a file that is written here.
 * @throws ConfigurationError for a folder of another machine, and for one that this user may not write
 */
export async function requireShared(
  engine: DockerHost,
  container: string,
  mounted: readonly MountedFolder[] = [],
): Promise<void> {
  for (const folder of mounted)
    if (!(await showsMark(engine, container, folder))) throw notShared(engine, folder);
}

/** A container that others create, and that mounts folders. */
interface MountingContainer {
  /** The id of its image, which the engine has. */
  readonly image: string;
  readonly labels: Labels;
  readonly mounted: readonly MountedFolder[];
}

/**
 * As {@link requireShared}, before others create the container: by another one, which never starts.
 * @throws ConfigurationError as requireShared and {@link requireMountable} do
 */
export async function requireSharedAhead(
  engine: DockerHost,
  { image, labels, mounted }: MountingContainer,
): Promise<void> {
  for (const folder of mounted) requireMountable(engine, folder);
  const body = {
    ...{ Image: image, Entrypoint: ["nestbox-never-starts"] },
    Labels: { ...labels, [LABEL.kind]: "mount-check" },
    HostConfig: { NetworkMode: "none", Mounts: mountBodies(mounted) },
  };
  const request = { method: "POST", body } as const;
  const { Id: id } = await askDocker<{ readonly Id: string }>(engine, "/containers/create", request).catch(
    (error: unknown) => {
      throw explainMounts(error, engine, mounted);
    },
  );
  try {
    await requireShared(engine, id, mounted);
  } finally {
    await removeContainer(engine, id);
  }
}

async function showsMark(
  engine: DockerHost,
  container: string,
  { source, target, declared }: MountedFolder,
): Promise<boolean> {
  const mark = `.nestbox-${randomBytes(8).toString("hex")}`;
  const file = path.join(source, mark);
  try {
    writeFileSync(file, "", { flag: "wx" });
  } catch (error) {
    const reason = (error as Error).message;
    throw new ConfigurationError(
      `${source}: cannot be written to (${reason}); change that, or mount another folder than ` +
        JSON.stringify(declared),
    );
  }
  try {
    const query = new URLSearchParams({ path: path.posix.join(target, mark) });
    return await existing(
      commandDocker(engine, { method: "HEAD", path: `/containers/${container}/archive?${query}` }),
    );
  } finally {
    rmSync(file, { force: true });
  }
}

/** How engines refuse a folder that they do not have: Docker, Docker Desktop, Podman. */
const MISSING = /bind source path does not exist|mounts denied|statfs .*no such file or directory/i;

/** The error of a container's creation: of a folder that the engine does not have, a ConfigurationError. */
export function explainMounts(
  error: unknown,
  engine: DockerHost,
  mounted: DockerContainer["mounted"] = [],
): unknown {
  if (!(error instanceof DockerRefused && MISSING.test(error.message))) return error;
  const folder = mounted.find(({ source }) => error.message.includes(source));
  return folder === undefined ? error : notShared(engine, folder);
}

function notShared(
  { host }: DockerHost,
  { declared, source }: Pick<MountedFolder, "declared" | "source">,
): ConfigurationError {
  return new ConfigurationError(
    `${source}: is not on the machine of the engine at ${host}, so that no service there can mount it; ` +
      `remove \`mount\` from the file ${JSON.stringify(declared)} to copy it, ` +
      "or use an engine of this machine",
  );
}
