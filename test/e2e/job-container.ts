import { chmodSync, realpathSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { PUBLISHED_COMMAND } from "../published.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import type { CommandEnd } from "./user-project.ts";

/** An image with what Node of this machine needs, as CI jobs have one. */
export const JOB_IMAGE = "python:3.10";

/** A container in which the published command runs as a CI job runs it. */
interface JobContainer {
  /** The folder of the project. */
  readonly folder: string;
  /** The name of its network, or its mode. @default the engine's own bridge */
  readonly network?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The user of its processes. @default the image's: root */
  readonly user?: number;
  /** Beside the project and the programs: `/var/run/docker.sock:/var/run/docker.sock`. @default none */
  readonly binds?: readonly string[];
}

/** Node of this machine, in a container too. */
export const NODE = realpathSync(process.execPath);

/** Runs the published command in a new container. */
export function nestboxInContainer(
  docker: Docker,
  where: JobContainer,
  words: readonly string[],
): Promise<CommandEnd> {
  return nodeInContainer(docker, where, [PUBLISHED_COMMAND, ...words]);
}

/** Runs Node in a new container. Folders have the paths that they have on this machine. */
export async function nodeInContainer(
  docker: Docker,
  { folder, network = "bridge", environment = {}, user, binds = [] }: JobContainer,
  words: readonly string[],
): Promise<CommandEnd> {
  const modules = realpathSync(path.resolve(__dirname, "../../node_modules"));
  const folders = [...new Set([RUN_FOLDER, folder, modules, NODE])].map((one) => `${one}:${one}`);
  // They are this user's alone.
  for (const one of [RUN_FOLDER, folder]) chmodSync(one, 0o755);
  const container = await docker.createContainer({
    Image: JOB_IMAGE,
    WorkingDir: folder,
    Cmd: [NODE, ...words],
    ...(user !== undefined && { User: String(user) }),
    Env: Object.entries(environment).map((one) => one.join("=")),
    HostConfig: { NetworkMode: network, Binds: [...folders, ...binds] },
  });
  try {
    await container.start();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const output = await container.logs({ stdout: true, stderr: true, follow: true });
    docker.modem.demuxStream(output, stdout, stderr);
    output.once("end", () => {
      stdout.end();
      stderr.end();
    });
    const [out, err] = await Promise.all([text(stdout), text(stderr)]);
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
    return { exitCode: StatusCode, stdout: out, stderr: err };
  } finally {
    await container.remove({ force: true, v: true });
  }
}
