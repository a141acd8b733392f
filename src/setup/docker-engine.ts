import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { runningEngine, startEngine } from "../../airgap/engine/engine.ts";
import { engineVersion } from "../docker/api.ts";
import { type DockerHost, dockerHosts, isOnThisMachine, socketPath } from "../docker/host.ts";
import { DOCKER_HUB, isReachable } from "../machine/public-host.ts";
import { uplinkMtu } from "../machine/uplink.ts";
import type { Progress } from "../terminal/progress.ts";
import { DockerMissing } from "./errors.ts";
import type { ReadyDocker } from "./ready.ts";

/** An engine that answers. */
export interface FoundEngine extends ReadyDocker {
  readonly docker: DockerHost;
  /** Of the project's own engine, if it has one. */
  readonly mirror?: string;
}

/** Milliseconds that an engine on this machine, or one elsewhere, has to answer. */
const LOCAL_LIMIT = 3000;
const REMOTE_LIMIT = 10_000;

/**
 * The engine to work with: one that answers as it is, else the project's own, which is set up and started.
 *
 * @throws DockerMissing saying what to do if the chosen engine does not answer or none can be set up here.
 */
export async function dockerEngine(
  cache: string,
  packageFolder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<FoundEngine> {
  const found = await answeringEngine();
  if (found !== undefined) return found;
  refuseIfNotPossible();
  return progress.step("Docker engine", async (step) => {
    const useMirror = !(await isReachable(DOCKER_HUB, cache));
    const { docker, mirror } = await startEngine({
      cache,
      engineFolder: join(packageFolder, "airgap", "engine"),
      mtu: uplinkMtu(),
      useMirror,
      signal,
      onDetail: step.detail,
    });
    const version = (await engineVersion(docker, LOCAL_LIMIT)) ?? "";
    step.result(`${version}, the project's own`);
    return { docker, host: docker.host, kind: "nestbox", version, ...(mirror !== undefined && { mirror }) };
  });
}

async function answeringEngine(): Promise<FoundEngine | undefined> {
  for (const docker of dockerHosts()) {
    const socket = socketPath(docker);
    if (socket !== undefined && !isThere(socket, docker)) continue;
    const version = await engineVersion(docker, isOnThisMachine(docker) ? LOCAL_LIMIT : REMOTE_LIMIT);
    if (version === undefined) {
      if (docker.isChosen) throw notAnswering(docker);
      continue;
    }
    const own = runningEngine();
    const isOwn = own !== undefined && isSameSocket(own.docker, docker);
    const { host } = docker;
    if (!isOwn) return { docker, host, kind: "existing", version };
    return {
      docker,
      host,
      kind: "nestbox",
      version,
      ...(own.mirror !== undefined && { mirror: own.mirror }),
    };
  }
  return undefined;
}

function isThere(socket: string, docker: DockerHost): boolean {
  if (existsSync(socket)) return true;
  if (docker.isChosen) throw notAnswering(docker);
  return false;
}

function isSameSocket(one: DockerHost, other: DockerHost): boolean {
  try {
    const [first, second] = [lstatFollowing(one), lstatFollowing(other)];
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

function lstatFollowing(docker: DockerHost): { readonly ino: number; readonly dev: number } {
  return lstatSync(socketPath(docker) ?? "");
}

function notAnswering({ host, origin }: DockerHost): DockerMissing {
  return new DockerMissing(
    `No Docker engine answers at ${host} (${origin}). Start it, or choose another engine.`,
  );
}

function refuseIfNotPossible(): void {
  const isDebian = process.platform === "linux" && existsSync("/usr/bin/apt-get");
  const isRoot = process.getuid?.() === 0;
  if (isDebian && isRoot) return;
  const socket = "/var/run/docker.sock";
  if (existsSync(socket)) {
    throw new DockerMissing(
      `No Docker engine answers at ${socket}. Start it (systemctl start docker), and see that you may use it (the group "docker").`,
    );
  }
  throw new DockerMissing(
    "No Docker engine answers. Install one (https://docs.docker.com/engine/install/) and start it, or set DOCKER_HOST; " +
      "root on Debian or Ubuntu needs nothing: an engine is then set up by itself.",
  );
}
