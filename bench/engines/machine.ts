import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { PACKAGE_FOLDER } from "../../src/model/package-folder.ts";

/** Variables of a program beside those of its machine. */
export type Variables = Readonly<Record<string, string>>;

/** Where programs run: this machine, or a container with the repository and a folder of this machine. */
export interface Machine {
  /** The name by which other containers of its network reach it. */
  readonly name: string;
  start(command: readonly string[], variables: Variables): ChildProcess;
  /** Removes it with all that runs in it. */
  remove(): Promise<void>;
}

/** npm's own Node, which is the same file on every machine with the repository. */
export const NODE = `${PACKAGE_FOLDER}/node_modules/node/bin/node`;

const DEBIAN_12 = "nestbox-test/debian-12";

export const THIS_MACHINE: Machine = {
  name: "localhost",
  start: ([program = "", ...words], variables) =>
    spawn(program, words, { env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] }),
  remove: async () => {},
};

export interface MachineOptions {
  /** A folder of this machine, which the machine has at the same path. */
  readonly folder: string;
  /** Options of `docker run`. @default none */
  readonly options?: readonly string[];
  /** The user of its programs, by name or id. @default root */
  readonly user?: string;
  /** @default Debian 12 with Docker, which waits */
  readonly image?: string;
  /** @default waits, or the image's own */
  readonly command?: readonly string[];
}

/** Builds the image of machines. Unchanged steps come from the engine's build cache. */
export async function buildMachineImage(): Promise<void> {
  const folder = `${PACKAGE_FOLDER}/bench/engines/debian-12`;
  const words = ["build", "--quiet", "--network=host", `--tag=${DEBIAN_12}`, folder];
  // The classic builder: not every machine has buildx.
  await succeed(THIS_MACHINE, ["docker", ...words], { DOCKER_BUILDKIT: "0" });
}

/** Starts a container as a machine. */
export async function startMachine(wanted: MachineOptions): Promise<Machine> {
  const { folder, options = [], user = "root", image = DEBIAN_12 } = wanted;
  const command = wanted.command ?? (image === DEBIAN_12 ? ["tini", "--", "sleep", "infinity"] : []);
  const name = `nestbox-engines-${randomBytes(4).toString("hex")}`;
  const folders = [folder, PACKAGE_FOLDER].map((shared) => `--volume=${shared}:${shared}`);
  const words = ["run", "--detach", "--rm", `--name=${name}`, `--hostname=${name}`, ...folders, ...options];
  await docker(...words, image, ...command);
  return {
    name,
    start(program, variables) {
      const env = Object.entries(variables).map(([key, value]) => `--env=${key}=${value}`);
      const exec = ["exec", `--user=${user}`, ...env, name, ...program];
      return spawn("docker", exec, { stdio: ["ignore", "pipe", "pipe"] });
    },
    remove: async () => void (await docker("rm", "--force", "--volumes", name)),
  };
}

/** Whether machines have cgroups v1, as this one has. */
export function hasCgroupsV1(): boolean {
  return !existsSync("/sys/fs/cgroup/cgroup.controllers");
}

/** Runs the docker command of this machine. */
export async function docker(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("docker", [...words], { maxBuffer: 1e8 });
  return stdout.trim();
}

/** The end of a program. */
export interface ProgramEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program on a machine to its end. */
export function run(
  machine: Machine,
  command: readonly string[],
  variables: Variables = {},
): Promise<ProgramEnd> {
  return endOf(machine.start(command, variables));
}

/** Runs a program that must succeed, and returns its output. */
export async function succeed(
  machine: Machine,
  command: readonly string[],
  variables: Variables = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await run(machine, command, variables);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout.trim();
}

/** Repeats a program until it succeeds, for a minute at most. */
export async function untilItSucceeds(
  machine: Machine,
  command: readonly string[],
  variables: Variables = {},
): Promise<void> {
  const repeat = 'until "$@"; do sleep 0.1; done';
  await succeed(machine, ["timeout", "60", "sh", "-c", repeat, "sh", ...command], variables);
}

/** Waits for the end of a program that was started. */
export function endOf(child: ChildProcess): Promise<ProgramEnd> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
}
