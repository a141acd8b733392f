import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { redis } from "../src/catalog/redis.ts";
import { composeFile } from "../src/compose/compose-file.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import { plan } from "../src/model/plan/plan-sandbox.ts";
import { composeWords, docker, inContainer, withComposeClient } from "./compose-client.ts";
import { connect } from "./connect.ts";
import { timed } from "./rounds.ts";

const STOCK_ENGINE = `nestbox-bench-stock-engine-${process.pid}`;

const PROJECT = `nestbox-bench-${process.pid}`;

/** The measurements of compose projects. */
export type ComposeResult = Awaited<ReturnType<typeof bringUp>>;

/**
 * Creates compose projects one by one, each with the same Redis on its own network, and removes them.
 * @param inspect called while all projects exist
 */
export async function composeSandboxes(
  count: number,
  inspect: (containers: readonly string[]) => Promise<void>,
): Promise<ComposeResult> {
  process.stderr.write(`… ${count} compose projects\n`);
  return withComposeClient((client) =>
    bringUp(client, count, async () => inspect(await projectContainers())),
  );
}

/** Creates compose projects on an engine with Docker's default address pools, until it fails. */
export async function composeOnStockEngine(count: number): Promise<ComposeResult> {
  process.stderr.write("… compose projects on an engine with Docker's own address pools\n");
  await docker(
    ...["run", "--detach", "--privileged", "--name", STOCK_ENGINE, "--env", "DOCKER_TLS_CERTDIR="],
    "docker:dind",
  );
  try {
    while ((await inContainer(STOCK_ENGINE, ["docker", "info"])).exitCode !== 0) await pause(100);
    await copyImage("redis:7-alpine");
    return await bringUp(STOCK_ENGINE, count);
  } finally {
    await docker("rm", "--force", "--volumes", STOCK_ENGINE);
  }
}

async function projectContainers(): Promise<readonly string[]> {
  const label = "com.docker.compose.project";
  const found = await (await connect()).listContainers({ filters: { label: [label] } });
  return found.filter(({ Labels }) => Labels[label]?.startsWith(`${PROJECT}-`)).map(({ Id }) => Id);
}

async function bringUp(client: string, count: number, inspect = async () => {}) {
  const planned = plan(sandbox("bench", { services: { cache: redis() } }));
  // JSON is valid YAML.
  const file = JSON.stringify(composeFile(planned, { project: ".", withMtu: false }));
  const compose = (project: number, ...words: readonly string[]) =>
    inContainer(client, composeWords(`${PROJECT}-${project}`, ...words), file);
  /** The duration of `docker exec` alone, in milliseconds. */
  const execution = await timed(() => inContainer(client, ["true"]));
  /** The duration of each successful creation, in milliseconds. */
  const times: number[] = [];
  /** The engine's error for the project that failed. */
  let refusal: string | undefined;
  try {
    for (let project = 1; project <= count; project++) {
      const started = performance.now();
      const { exitCode, stderr } = await compose(project, "up", "--detach", "--wait");
      if (exitCode !== 0) {
        await compose(project, "down", "--volumes", "--timeout", "0");
        refusal = stderr.trim().split("\n").at(-1) ?? "";
        break;
      }
      times.push(performance.now() - started);
    }
    await inspect();
    return { times, execution, refusal };
  } finally {
    for (const [index] of times.entries()) await compose(index + 1, "down", "--volumes", "--timeout", "0");
  }
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
