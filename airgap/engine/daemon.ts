import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dependencies, DockerHost, Task } from "../dependencies.ts";
import { registryConfiguration } from "../registry/configuration.ts";
import { mirrorStorage } from "../registry/mirror-images.ts";
import { engineAddresses } from "./addresses.ts";
import { engineRoot, engineRootPath } from "./engine-root.ts";
import { removeStaleBridges } from "./stale-bridges.ts";

export interface EngineRequest extends Task {
  /** The MTU of the engine's networks, in bytes. */
  readonly mtu: number;
  /** Whether the engine pulls from the mirror of this machine, because no registry answers. */
  readonly useMirror: boolean;
}

/** A running engine that {@link startEngine} started. */
export interface OwnEngine {
  readonly docker: DockerHost;
  /** The mirror's address for containers and nested engines: `http://10.201.0.1:5000`. */
  readonly mirror?: string;
}

/** The engine did not start, or did not answer in time. */
export class EngineFailed extends Error {
  override readonly name = "EngineFailed";
}

/** The engine's socket: the one that every client tries first. */
const SOCKET = "/run/docker.sock";
/** A machine has one such engine, shared by all projects. */
const RUN_FOLDER = "/run/nestbox-engine";
const PROCESS_FILE = join(RUN_FOLDER, "process");
/** Holds the mirror's address; empty without one. */
const MIRROR_FILE = join(RUN_FOLDER, "mirror");
const MIRROR_PORT = 5000;
/** Milliseconds within which a started engine must answer, also from a slow disk. */
const START_LIMIT = 60_000;
/** Seconds that containers have to end when the engine stops. */
const SHUTDOWN_SECONDS = 10;
/** Milliseconds that the engine has to stop. */
const STOP_LIMIT = (SHUTDOWN_SECONDS + 10) * 1000;

const OWN_DOCKER: DockerHost = { host: `unix://${SOCKET}`, origin: "nestbox's own engine", isChosen: false };

/** The reason why no engine can be started on this machine; undefined if one can. */
export function engineObstacle(): string | undefined {
  const isDebian = process.platform === "linux" && existsSync("/usr/bin/apt-get");
  const isRoot = process.getuid?.() === 0;
  return isDebian && isRoot ? undefined : "nestbox-airgap starts one only as root on Debian or Ubuntu";
}

/** The docker command in the engine's root. */
export function dockerCommand(cache: string): string {
  return join(engineRootPath(cache), "usr", "bin", "docker");
}

/** The engine that {@link startEngine} started on this machine, if it runs. */
export function runningEngine({ recordedProcess }: Dependencies): OwnEngine | undefined {
  if (recordedProcess(PROCESS_FILE) === undefined) return undefined;
  const mirror = readFileSync(MIRROR_FILE, "utf8");
  return { docker: OWN_DOCKER, ...(mirror !== "" && { mirror }) };
}

/**
 * Starts the engine unless it runs, and waits until it answers. Like a system service it continues after this
 * process; {@link stopEngine} ends it.
 *
 * @throws EngineFailed naming the log if it ends or does not answer.
 */
export async function startEngine(request: EngineRequest): Promise<OwnEngine> {
  const { dependencies } = request;
  const giveBack = await dependencies.acquireLock(RUN_FOLDER, (holder) =>
    request.onDetail(`waiting for process ${holder}`),
  );
  try {
    const running = runningEngine(dependencies);
    if (running !== undefined && (await answersWithin(START_LIMIT, request))) return running;
    await endRecordedProcess(dependencies);
    const root = await engineRoot(request);
    request.onDetail("starting");
    return await launch(request, root);
  } finally {
    await giveBack();
  }
}

/** Stops the engine with all its containers; false if none ran. */
export async function stopEngine(dependencies: Dependencies): Promise<boolean> {
  const giveBack = await dependencies.acquireLock(RUN_FOLDER);
  try {
    return await endRecordedProcess(dependencies);
  } finally {
    await giveBack();
  }
}

async function launch(request: EngineRequest, root: string): Promise<OwnEngine> {
  const { dependencies } = request;
  const data = join(request.cache, "engine", "data");
  const images = mirrorStorage(request.cache);
  for (const folder of [data, images]) mkdirSync(folder, { recursive: true, mode: 0o711 });
  rmSync(RUN_FOLDER, { recursive: true, force: true });
  mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o700 });
  await removeStaleBridges(root, data, dependencies.runChild);

  const { pool, gateway } = engineAddresses(readFileSync("/proc/net/route", "utf8"));
  const mirrorAddress = `${gateway}:${MIRROR_PORT}`;
  const mirror = request.useMirror ? `http://${mirrorAddress}` : undefined;
  const mirrorSettings = request.useMirror ? join(RUN_FOLDER, "mirror.yml") : "";
  if (mirrorSettings !== "") {
    writeFileSync(mirrorSettings, registryConfiguration(mirrorAddress, images));
  }
  writeFileSync(MIRROR_FILE, mirror ?? "");

  const script = join(import.meta.dirname, "run-engine.sh");
  const namespaces = ["--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child"];
  const scriptArgs = [root, RUN_FOLDER, mirrorSettings, ...engineArguments(request, data, pool, mirror)];
  const log = join(request.cache, "engine", "engine.log");
  const output = openSync(log, "w");
  const child = spawn("unshare", [...namespaces, "sh", script, ...scriptArgs], {
    cwd: "/",
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<false>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  const answers = await Promise.race([answersWithin(START_LIMIT, request), ended]);
  child.unref();
  child.removeAllListeners();
  const engine = answers ? runningEngine(dependencies) : undefined;
  if (engine !== undefined) return engine;
  await endRecordedProcess(dependencies);
  request.signal?.throwIfAborted();
  throw new EngineFailed(
    `Docker engine: dockerd did not start; see ${log}, which ends with:\n${lastLines(log)}`,
  );
}

function engineArguments(
  request: EngineRequest,
  data: string,
  pool: string,
  mirror: string | undefined,
): readonly string[] {
  return [
    `--host=unix://${SOCKET}`,
    // The id of the group "docker" in the root may belong to another group on this machine.
    "--group=root",
    `--data-root=${data}`,
    `--exec-root=${RUN_FOLDER}/exec`,
    `--pidfile=${RUN_FOLDER}/dockerd.pid`,
    `--mtu=${request.mtu}`,
    `--default-network-opt=bridge=com.docker.network.driver.mtu=${request.mtu}`,
    `--default-address-pool=base=${pool},size=24`,
    // systemd cannot find processes by their ids in the engine's namespace.
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--shutdown-timeout=${SHUTDOWN_SECONDS}`,
    "--log-level=warn",
    ...(mirror === undefined ? [] : [`--registry-mirror=${mirror}`]),
  ];
}

async function answersWithin(limit: number, { dependencies, signal }: Task): Promise<boolean> {
  const end = performance.now() + limit;
  while (performance.now() < end) {
    if (signal?.aborted === true) return false;
    if ((await dependencies.engineVersion(OWN_DOCKER, 2000)) !== undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function endRecordedProcess({ recordedProcess }: Dependencies): Promise<boolean> {
  const engine = recordedProcess(PROCESS_FILE);
  if (engine === undefined) return false;
  const end = performance.now() + STOP_LIMIT;
  process.kill(engine.pid, "SIGTERM");
  while (recordedProcess(PROCESS_FILE) !== undefined) {
    if (performance.now() > end) process.kill(engine.pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function lastLines(log: string): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-8);
  return lines.map((line) => `    ${line}`).join("\n");
}
