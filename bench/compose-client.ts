import { execFile, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { engineHost } from "../src/docker/engine-host.ts";

/** The result of a command in a container. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Runs `work` with a container of a Docker client with compose, which this machine may lack. */
export async function withComposeClient<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const socket = engineHost().host.replace(/^unix:\/\//, "");
  const mount = ["--volume", `${socket}:/var/run/docker.sock`];
  await docker("run", "--detach", "--name", name, ...mount, "docker:25.0.0-cli", "sleep", "infinity");
  try {
    return await work();
  } finally {
    await docker("rm", "--force", name);
  }
}

/** Runs a command in a container. */
export async function inContainer(
  container: string,
  words: readonly string[],
  input: string,
): Promise<ExecResult> {
  const child = spawn("docker", ["exec", "--interactive", container, ...words], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  child.stdin.end(input);
  const stderr = await text(child.stderr);
  return { exitCode: await ended, stderr };
}

/** Runs the docker command on this machine. */
export async function docker(...words: readonly string[]): Promise<void> {
  await promisify(execFile)("docker", [...words]);
}
