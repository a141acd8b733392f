import { execFile, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { engineHost } from "../engine/client.ts";
import { redis } from "../sandboxes/catalog/redis.ts";
import { goDuration } from "../sandboxes/model/duration.ts";
import { median } from "./pairs.ts";
import { planOf } from "./plan-of.ts";

/** Where compose runs: in a container, since not every machine has it. */
const CLIENT = "nestbox-bench-client";
const STOCK_ENGINE = "nestbox-bench-stock-engine";

/** Brings so many compose projects up, one by one, each the same Redis on a network of its own. Gives a row of a table. */
export async function composeSandboxes(count: number): Promise<string[]> {
  process.stderr.write(`… ${count} compose projects\n`);
  const socket = engineHost().host.replace(/^unix:\/\//, "");
  const mount = ["--volume", `${socket}:/var/run/docker.sock`];
  await docker("run", "--detach", "--name", CLIENT, ...mount, "docker:25.0.0-cli", "sleep", "infinity");
  try {
    const { times } = await bringUp(CLIENT, count);
    const each = `${Math.round(median(times))} ms`;
    return ["compose up of the same, each", each, `${times.length} projects on the same engine`];
  } finally {
    await docker("rm", "--force", CLIENT);
  }
}

/** The same on an engine that nobody has configured, until it refuses: in a container, so that its address pools are Docker's own. */
export async function composeOnStockEngine(count: number): Promise<string[]> {
  process.stderr.write("… compose projects on an engine with Docker's own address pools\n");
  await docker(
    ...["run", "--detach", "--privileged", "--name", STOCK_ENGINE, "--env", "DOCKER_TLS_CERTDIR="],
    "docker:dind",
  );
  try {
    while (!(await answers())) await pause(100);
    await copyImage("redis:7-alpine");
    const { times, refusal = "all of them" } = await bringUp(STOCK_ENGINE, count);
    return ["compose projects on a stock engine", String(times.length), refusal];
  } finally {
    await docker("rm", "--force", "--volumes", STOCK_ENGINE);
  }
}

interface Brought {
  /** Milliseconds of each that came up. */
  readonly times: readonly number[];
  /** What the engine said to the one that did not. */
  readonly refusal?: string;
}

async function bringUp(container: string, count: number): Promise<Brought> {
  const file = composeFile();
  const compose = (project: number, ...words: readonly string[]) =>
    inContainer(
      container,
      ["docker", "compose", "--project-name", `nestbox-bench-${project}`, "--file", "-", ...words],
      file,
    );
  const times: number[] = [];
  try {
    for (let project = 1; project <= count; project++) {
      const started = performance.now();
      const { exitCode, complaint } = await compose(project, "up", "--detach", "--wait");
      if (exitCode !== 0) {
        await compose(project, "down", "--volumes", "--timeout", "0");
        return { times, refusal: complaint.trim().split("\n").at(-1) ?? "" };
      }
      times.push(performance.now() - started);
    }
    return { times };
  } finally {
    for (const [index] of times.entries()) await compose(index + 1, "down", "--volumes", "--timeout", "0");
  }
}

/** The Redis of the catalog, with its probe. JSON is YAML. */
function composeFile(): string {
  const { image, command, healthcheck } = planOf(redis());
  if (!healthcheck) throw new Error("Redis has a healthcheck");
  const { test, interval, timeout, retries, startPeriod, startInterval } = healthcheck;
  const checked = {
    test,
    interval: goDuration(interval),
    timeout: goDuration(timeout),
    retries,
    start_period: goDuration(startPeriod),
    start_interval: goDuration(startInterval),
  };
  return JSON.stringify({ services: { cache: { image, command, healthcheck: checked } } });
}

async function inContainer(
  container: string,
  words: readonly string[],
  input: string,
): Promise<{ readonly exitCode: number; readonly complaint: string }> {
  const child = spawn("docker", ["exec", "--interactive", container, ...words], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  child.stdin.end(input);
  const complaint = await text(child.stderr);
  return { exitCode: await ended, complaint };
}

async function docker(...words: readonly string[]): Promise<void> {
  await promisify(execFile)("docker", [...words]);
}

async function answers(): Promise<boolean> {
  return (await inContainer(STOCK_ENGINE, ["docker", "info"], "")).exitCode === 0;
}

async function copyImage(image: string): Promise<void> {
  const save = spawn("docker", ["save", image], { stdio: ["ignore", "pipe", "inherit"] });
  const load = spawn("docker", ["exec", "--interactive", STOCK_ENGINE, "docker", "load"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const loaded = new Promise((resolve) => load.once("close", resolve));
  await pipeline(save.stdout, load.stdin);
  await loaded;
}
