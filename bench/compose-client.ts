import { execFile, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { engineHost } from "../src/docker/engine-host.ts";

/**
 * Runs `work` with a container of a Docker client with compose, which this machine may lack.
 * @param work gets its name
 */
export async function withComposeClient<Result>(work: (client: string) => Promise<Result>): Promise<Result> {
  const name = `nestbox-bench-client-${process.pid}`;
  const socket = engineHost(process.env).host.replace(/^unix:\/\//, "");
  const mount = ["--volume", `${socket}:/var/run/docker.sock`];
  await docker("run", "--detach", "--name", name, ...mount, "docker:25.0.0-cli", "sleep", "infinity");
  try {
    return await work(name);
  } finally {
    await docker("rm", "--force", name);
  }
}

/** Runs a command in a container. */
export async function inContainer(container: string, words: readonly string[], input = "") {
  const child = spawn("docker", ["exec", "--interactive", container, ...words], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  child.stdin.end(input);
  const stderr = await text(child.stderr);
  return { exitCode: await ended, stderr };
}

/** The words of a command of a compose project, which reads its file from the standard input. */
export function composeWords(project: string, ...words: readonly string[]): readonly string[] {
  return ["docker", "compose", "--project-name", project, "--file", "-", ...words];
}

/** Runs the docker command on this machine. */
export async function docker(...words: readonly string[]): Promise<void> {
  await promisify(execFile)("docker", [...words]);
}

/** The time that a shell in the container measures: entering the container would count otherwise. */
export async function timeInContainer(container: string, command: string, input: string): Promise<number> {
  const uptime = (name: string) => `read ${name} rest < /proc/uptime`;
  const script = `${uptime("start")}; ${command} || exit 1; ${uptime("end")}; echo "$start to $end" >&2`;
  const { exitCode, stderr } = await inContainer(container, ["sh", "-c", script], input);
  const [, start, end] = /^([\d.]+) to ([\d.]+)$/m.exec(stderr) ?? [];
  if (exitCode !== 0 || start === undefined) throw new Error(`${command}: ${stderr}`);
  return (Number(end) - Number(start)) * 1000;
}
