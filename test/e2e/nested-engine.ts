import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { connect, engineHost } from "../../engine/client.ts";
import { callDocker, engineVersion, readText } from "../../machine/docker/api.ts";
import type { DockerHost } from "../../machine/docker/host.ts";
import { saveImages } from "../../machine/docker/images.ts";

/** An engine of a test's own inside a container of the machine's engine: what befalls it disturbs nobody else. */
export interface NestedEngine {
  readonly host: DockerHost;
  /** Ends the engine at once, as a power cut does, with all that runs on it. */
  kill(): Promise<void>;
  /** Starts it again, on the disk that it had. */
  start(): Promise<void>;
  /** Runs a command beside the engine and gives what it wrote. */
  shell(script: string): Promise<string>;
  remove(): Promise<void>;
}

/** Milliseconds that an engine has to come up, of which there is much more than enough. */
const LIMIT = 60_000;

/**
 * Starts an engine that has these images of the machine's engine.
 * @param options.diskBytes how large the disk is on which it keeps everything; such a disk is lost when the engine ends. By default as large as the machine's
 */
export async function nestedEngine(
  images: readonly string[],
  { diskBytes }: { readonly diskBytes?: number } = {},
): Promise<NestedEngine> {
  const docker = await connect();
  const name = `nested-engine-test-${randomBytes(4).toString("hex")}`;
  const container = await docker.createContainer({
    name,
    Image: "docker:dind",
    Env: ["DOCKER_TLS_CERTDIR="],
    Cmd: ["--tls=false"],
    HostConfig: {
      Privileged: true,
      ...(diskBytes && { Tmpfs: { "/var/lib/docker": `size=${diskBytes}` } }),
    },
    ...(!diskBytes && { Volumes: { "/var/lib/docker": {} } }),
  });
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
  const archive = await saveImages(engineHost(), images);
  await readText(await callDocker(host, { method: "POST", path: "/images/load?quiet=1", body: archive }));
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
    remove: () => container.remove({ force: true, v: true }),
  };
}

async function untilItAnswers(host: DockerHost): Promise<void> {
  const limit = performance.now() + LIMIT;
  while ((await engineVersion(host, 1000)) === undefined) {
    if (performance.now() > limit) throw new Error(`the nested engine at ${host.host} does not come up`);
    await pause(50);
  }
}
