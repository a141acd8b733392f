import { existsSync, lstatSync } from "node:fs";
import { engineVersion } from "../docker/api.ts";
import { OWN_ENGINE } from "../docker/engine-host.ts";
import { findEngine, whyTaken } from "../docker/find-engine.ts";
import { type DockerHost, socketPath } from "../docker/host.ts";
import { USUAL_SOCKET } from "../docker/usual-sockets.ts";
import type { Environment } from "../machine/environment.ts";
import { type AskingPlace, DOCKER_HUB, isReachable } from "../machine/public-host.ts";
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

interface EngineRequest extends AskingPlace {
  readonly airgap: Airgap | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Milliseconds within which an engine that was started must answer. */
const LIMIT = 3000;

/**
 * A running engine, or one that nestbox-airgap starts.
 *
 * @throws DockerMissing if the chosen engine does not answer, or none answers and none can be started.
 */
export async function dockerEngine(request: EngineRequest): Promise<FoundEngine> {
  const { airgap, cache, progress, signal } = request;
  const found = await answeringEngine(airgap, request.environment);
  if (found !== undefined) return found;
  if (airgap === undefined) throw missing(OWN_ENGINE);
  const obstacle = airgap.engineObstacle();
  if (obstacle !== undefined) throw missing(obstacle);
  return progress.step("Docker engine", async (step) => {
    const useMirror = !(await isReachable(DOCKER_HUB, request));
    const { docker, mirror } = await airgap.startEngine({
      ...{ cache, useMirror, signal, dependencies: airgap.dependencies },
      mtu: uplinkMtu(),
      onDetail: step.detail,
    });
    const version = (await engineVersion(docker, LIMIT)) ?? "";
    step.result(`${version}, the project's own`);
    return { docker, host: docker.host, kind: "nestbox", version, ...(mirror !== undefined && { mirror }) };
  });
}

/** The engine that answers, if any. Of those that the user chose, one that does not answer is an error. */
async function answeringEngine(
  airgap: Airgap | undefined,
  environment: Environment,
): Promise<FoundEngine | undefined> {
  const { found, failed } = await findEngine(environment);
  const chosen = failed.find(({ engine }) => engine.isChosen);
  if (chosen !== undefined) throw notAnswering(chosen.engine, chosen.reason);
  if (found === undefined) return undefined;
  const { engine: docker, version } = found;
  const isUsual = docker.isChosen || socketPath(docker) === USUAL_SOCKET;
  const common = {
    docker,
    host: docker.host,
    version,
    ...(!isUsual && { origin: whyTaken(docker, failed) }),
  };
  const own = airgap?.runningEngine(airgap.dependencies);
  if (own === undefined || !isSameSocket(own.docker, docker)) return { ...common, kind: "existing" };
  return { ...common, kind: "nestbox", ...(own.mirror !== undefined && { mirror: own.mirror }) };
}

function isSameSocket(one: DockerHost, other: DockerHost): boolean {
  const [first, second] = [one, other].map((docker) =>
    lstatSync(socketPath(docker) ?? "", { throwIfNoEntry: false }),
  );
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

function notAnswering({ host, origin }: DockerHost, reason: string): DockerMissing {
  return new DockerMissing(
    `No Docker engine answers at ${host} (${origin}): ${reason}; start it, or choose another engine`,
  );
}

/** @param hint how nestbox-airgap could start one */
function missing(hint: string): DockerMissing {
  const message = existsSync(USUAL_SOCKET)
    ? `No Docker engine answers at ${USUAL_SOCKET}; start it (systemctl start docker), and check that ` +
      'you may use it (the group "docker")'
    : "No Docker engine answers; install one (https://docs.docker.com/engine/install/) and start it, " +
      `or set DOCKER_HOST (${hint})`;
  return new DockerMissing(message);
}
