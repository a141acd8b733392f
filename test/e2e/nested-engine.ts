import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { connect } from "../../bench/connect.ts";
import { commandDocker, engineVersion } from "../../src/docker/api.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { saveImages } from "../../src/docker/engine-images.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { eventually } from "../eventually.ts";
import { diskImage } from "./loop-disk.ts";

/**
 * An engine in a container of the machine's engine. Its end does not affect the machine's engine.
 */
export interface NestedEngine {
  readonly host: DockerHost;
  /** Kills the engine and all its containers at once, like a power cut. */
  kill(): Promise<void>;
  /** Restarts it on its disk. */
  start(): Promise<void>;
  /** Runs a command in the engine's container and returns its output. */
  shell(script: string): Promise<string>;
  remove(): Promise<void>;
}

export interface NestedEngineOptions {
  /** The size of its disk, an ext4 file system on a loop device. @default the machine's disk */
  readonly diskBytes?: number;
  /** Arguments of its daemon, for an engine on the machine's disk. @default none */
  readonly daemonArguments?: readonly string[];
  /** Folders of this machine that it mounts at the same paths, for bind mounts. @default none */
  readonly binds?: readonly string[];
}

/** The loop device disappears with its last user. */
const ON_LOOP_DEVICE =
  "mkdir -p /var/lib/docker && mount -o loop /disk /var/lib/docker && exec dockerd-entrypoint.sh --tls=false";

/** The time within which an engine must answer. */
const LIMIT = "60s";

/** Starts an engine with these images of the machine's engine. */
export async function nestedEngine(
  images: readonly string[],
  { diskBytes, daemonArguments = [], binds = [] }: NestedEngineOptions = {},
): Promise<NestedEngine> {
  const docker = await connect();
  const name = `nested-engine-test-${randomBytes(4).toString("hex")}`;
  // Alone on its network, it keeps its address after a restart.
  const network = await docker.createNetwork({ Name: name });
  const container = await docker.createContainer({
    name,
    Image: "docker:dind",
    Env: ["DOCKER_TLS_CERTDIR="],
    HostConfig: {
      Privileged: true,
      NetworkMode: name,
      Binds: binds.map((folder) => `${folder}:${folder}`),
    },
    ...(diskBytes
      ? { Entrypoint: ["sh", "-c", ON_LOOP_DEVICE] }
      : { Cmd: ["--tls=false", ...daemonArguments], Volumes: { "/var/lib/docker": {} } }),
  });
  if (diskBytes) await container.putArchive(await imageArchive(diskBytes), { path: "/" });
  const start = async () => {
    await container.start();
    await untilItAnswers(await hostOf());
  };
  const hostOf = async (): Promise<DockerHost> => {
    const { NetworkSettings } = await container.inspect();
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress;
    return { host: `tcp://${address}:2375`, origin: "nested", isChosen: true };
  };
  await start();
  const host = await hostOf();
  const archive = await saveImages(engineHost(process.env), images);
  await commandDocker(host, { method: "POST", path: "/images/load?quiet=1", body: archive });
  return {
    host,
    start,
    kill: () => container.kill(),
    async shell(script) {
      const exec = await container.exec({
        Cmd: ["sh", "-c", script],
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
      });
      let output = "";
      for await (const chunk of await exec.start({ Tty: true })) output += String(chunk);
      return output;
    },
    async remove() {
      await container.remove({ force: true, v: true });
      await network.remove();
    },
  };
}

/** An empty disk of this size in bytes, as an archive with the file `disk`. */
async function imageArchive(bytes: number): Promise<Buffer> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-nested-disk-"));
  try {
    const file = path.join(folder, "disk");
    diskImage(file, bytes);
    const archive = pack();
    archive.entry({ name: "disk" }, readFileSync(file));
    archive.finalize();
    return gzipSync(await buffer(archive), { level: 1 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function untilItAnswers(host: DockerHost): Promise<void> {
  await eventually(
    async () => {
      if ((await engineVersion(host, 1000)) === undefined)
        throw new Error(`the nested engine at ${host.host} does not come up`);
    },
    { within: LIMIT },
  );
}
