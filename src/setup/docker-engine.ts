import { existsSync, lstatSync } from "node:fs";
import { engineVersion } from "../docker/api.ts";
import { type DockerHost, dockerHosts, isOnThisMachine, socketPath } from "../docker/host.ts";
import { DOCKER_HUB, isReachable } from "../machine/public-host.ts";
import { uplinkMtu } from "../machine/uplink.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Airgap } from "./airgap.ts";
import type { ReadyDocker } from "./ready.ts";

/** No Docker engine answers, and none can be started on this machine. */
export class DockerMissing extends ConfigurationError {
  override readonly name = "DockerMissing";
}

/** An engine that answers. */
export interface FoundEngine extends ReadyDocker {
  readonly docker: DockerHost;
  /** The address of the registry mirror of an engine that the set-up started. */
  readonly mirror?: string;
}

/** Milliseconds within which an engine on this or another machine must answer. */
const LOCAL_LIMIT = 3000;
const REMOTE_LIMIT = 10_000;

/**
 * A running engine, or one that nestbox-airgap starts.
 *
 * @throws DockerMissing if the chosen engine does not answer, or none answers and none can be started.
 */
export async function dockerEngine(
  cache: string,
  airgap: Airgap | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<FoundEngine> {
  const found = await answeringEngine(airgap);
  if (found !== undefined) return found;
  if (airgap === undefined)
    throw missing("root on Debian or Ubuntu can install nestbox-airgap, which starts one");
  const obstacle = airgap.engineObstacle();
  if (obstacle !== undefined) throw missing(obstacle);
  return progress.step("Docker engine", async (step) => {
    const useMirror = !(await isReachable(DOCKER_HUB, cache));
    const { docker, mirror } = await airgap.startEngine({
      ...{ cache, useMirror, signal, dependencies: airgap.dependencies },
      mtu: uplinkMtu(),
      onDetail: step.detail,
    });
    const version = (await engineVersion(docker, LOCAL_LIMIT)) ?? "";
    step.result(`${version}, the project's own`);
    return { docker, host: docker.host, kind: "nestbox", version, ...(mirror !== undefined && { mirror }) };
  });
}

async function answeringEngine(airgap: Airgap | undefined): Promise<FoundEngine | undefined> {
  for (const docker of dockerHosts()) {
    const socket = socketPath(docker);
    const mayAnswer = socket === undefined || existsSync(socket);
    const limit = isOnThisMachine(docker) ? LOCAL_LIMIT : REMOTE_LIMIT;
    const version = mayAnswer ? await engineVersion(docker, limit) : undefined;
    if (version === undefined) {
      if (docker.isChosen) throw notAnswering(docker);
      continue;
    }
    const own = airgap?.runningEngine(airgap.dependencies);
    const found = { docker, host: docker.host, version };
    if (own === undefined || !isSameSocket(own.docker, docker)) return { ...found, kind: "existing" };
    return { ...found, kind: "nestbox", ...(own.mirror !== undefined && { mirror: own.mirror }) };
  }
  return undefined;
}

function isSameSocket(one: DockerHost, other: DockerHost): boolean {
  const [first, second] = [one, other].map((docker) =>
    lstatSync(socketPath(docker) ?? "", { throwIfNoEntry: false }),
  );
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

function notAnswering({ host, origin }: DockerHost): DockerMissing {
  return new DockerMissing(
    `No Docker engine answers at ${host} (${origin}); start it, or choose another engine`,
  );
}

/** @param hint how nestbox-airgap could start one */
function missing(hint: string): DockerMissing {
  const socket = "/var/run/docker.sock";
  const message = existsSync(socket)
    ? `No Docker engine answers at ${socket}; start it (systemctl start docker), and check that you may ` +
      'use it (the group "docker")'
    : "No Docker engine answers; install one (https://docs.docker.com/engine/install/) and start it, " +
      `or set DOCKER_HOST (${hint})`;
  return new DockerMissing(message);
}
