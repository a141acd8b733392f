import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { redis } from "../src/catalog/redis.ts";
import { composeFile as composeOf } from "../src/compose/compose-file.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import { plan } from "../src/model/plan/plan-sandbox.ts";
import { docker, inContainer, withComposeClient } from "./compose-client.ts";
import { connect } from "./connect.ts";

const CLIENT = `nestbox-bench-client-${process.pid}`;
const STOCK_ENGINE = `nestbox-bench-stock-engine-${process.pid}`;

const PROJECT = `nestbox-bench-${process.pid}`;

/** The measurements of compose projects. */
export interface ComposeResult {
  /** The duration of each successful creation, in milliseconds. */
  readonly times: readonly number[];
  /** The engine's error for the project that failed. */
  readonly refusal?: string;
  /** The duration of `docker exec` alone, in milliseconds. */
  readonly execution: number;
}

/**
 * Creates compose projects one by one, each with the same Redis on its own network, and removes them.
 * @param inspect called while all projects exist
 */
export async function composeSandboxes(
  count: number,
  inspect: (containers: readonly { readonly container: string }[]) => Promise<void>,
): Promise<ComposeResult> {
  process.stderr.write(`… ${count} compose projects\n`);
  return withComposeClient(CLIENT, () =>
    bringUp(CLIENT, count, async () => inspect(await projectContainers())),
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
    while (!(await answers())) await pause(100);
    await copyImage("redis:7-alpine");
    return await bringUp(STOCK_ENGINE, count);
  } finally {
    await docker("rm", "--force", "--volumes", STOCK_ENGINE);
  }
}

async function projectContainers(): Promise<readonly { readonly container: string }[]> {
  const label = "com.docker.compose.project";
  const found = await (await connect()).listContainers({ filters: { label: [label] } });
  return found.flatMap(({ Id, Labels }) =>
    Labels[label]?.startsWith(`${PROJECT}-`) ? [{ container: Id }] : [],
  );
}

async function bringUp(
  container: string,
  count: number,
  inspect: () => Promise<void> = async () => {},
): Promise<ComposeResult> {
  const file = composeFile();
  const compose = (project: number, ...words: readonly string[]) =>
    inContainer(
      container,
      ["docker", "compose", "--project-name", `${PROJECT}-${project}`, "--file", "-", ...words],
      file,
    );
  const entered = performance.now();
  await inContainer(container, ["true"], "");
  const execution = performance.now() - entered;
  const times: number[] = [];
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
    return { times, execution, ...(refusal !== undefined && { refusal }) };
  } finally {
    for (const [index] of times.entries()) await compose(index + 1, "down", "--volumes", "--timeout", "0");
  }
}

/** A compose file with the catalog's Redis and its probe, in JSON, which is valid YAML. */
function composeFile(): string {
  const planned = plan(sandbox("bench", { services: { cache: redis() } }));
  return JSON.stringify(composeOf(planned, { project: ".", withMtu: false }));
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
