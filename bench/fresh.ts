import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeTarballs } from "../packaging/tarball.ts";
import { inContainer, withComposeClient } from "./compose-client.ts";

/** Milliseconds from the start of a command until its Redis is ready, and until everything is removed. */
export interface FreshTimes {
  readonly ready: number;
  readonly removed: number;
}

export type FreshContender = "nestbox" | "compose" | "testcontainers";

const CLIENT = `nestbox-bench-fresh-${process.pid}`;

/** The version in the comparison. It is not a dependency: its 173 packages take 48 MB. */
const TESTCONTAINERS = "testcontainers@12.2.0";

const DECLARATION = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default [sandbox("one", { services: { cache: redis({ publish: true }) } })];
`;

// As its documentation has it. Without its reaper, which is another container.
const PROGRAM = `import { GenericContainer, Network } from "testcontainers";

const network = await new Network().start();
const container = await new GenericContainer("redis:7-alpine")
  .withNetwork(network)
  .withNetworkAliases("cache")
  .withExposedPorts(6379)
  .start();
process.stderr.write("ready\\n");
await container.stop();
await network.stop();
`;

/**
 * Times a Redis on a network of its own, with a published port: `nestbox run -- true` of the published
 * package without a stack, `docker compose up --wait` and `down` of the emitted file, and a program with
 * testcontainers. They alternate, after one uncounted round. Times are those of whole commands; that of
 * compose does not include entering its container.
 */
export async function freshSandboxes(
  rounds: number,
): Promise<Readonly<Record<FreshContender, readonly FreshTimes[]>>> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-bench-fresh-"));
  const main = path.join(folder, "node_modules", "nestbox", "dist", "cli", "main.mjs");
  const program = path.join(folder, "redis.mjs");
  const nestbox = (...words: string[]) => [main, "--project", folder, ...words];
  try {
    mkdirSync(path.join(folder, "sandboxes"));
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(path.join(folder, "sandboxes", "index.ts"), DECLARATION);
    writeFileSync(program, PROGRAM);
    await installPackages(folder, TESTCONTAINERS);
    await promisify(execFile)(process.execPath, nestbox("emit"));
    const file = readFileSync(path.join(folder, "compose", "one.yaml"), "utf8");
    return await withComposeClient(CLIENT, async () => {
      const times = { nestbox: [], compose: [], testcontainers: [] } as Record<FreshContender, FreshTimes[]>;
      for (let round = -1; round < rounds; round++) {
        const taken = {
          nestbox: await timeNode(nestbox("run", "one", "--", "true"), /^✓ sandbox/m),
          compose: await timeCompose(file),
          testcontainers: await timeNode([program], /^ready/m, { TESTCONTAINERS_RYUK_DISABLED: "true" }),
        };
        if (round < 0) continue;
        for (const contender of Object.keys(taken) as FreshContender[])
          times[contender].push(taken[contender]);
      }
      return times;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Installs the published package in a folder, with others. */
export async function installPackages(folder: string, ...others: readonly string[]): Promise<void> {
  const tarballs = (await writeTarballs(folder)).map(({ file }) => file);
  const nestbox = tarballs.filter((file) => !file.includes("airgap"));
  const words = ["install", ...nestbox, ...others, "--no-audit", "--no-fund", "--ignore-scripts"];
  await promisify(execFile)("npm", words, { cwd: folder });
}

/**
 * Times a command of Node until a line, and until its end.
 * @param ready the line on stderr by which the program reports that the Redis is ready
 */
export async function timeNode(
  words: readonly string[],
  ready: RegExp,
  environment: NodeJS.ProcessEnv = {},
): Promise<FreshTimes> {
  const started = performance.now();
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  let readyAfter = Number.NaN;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (Number.isNaN(readyAfter) && ready.test(output)) readyAfter = performance.now() - started;
  });
  const exitCode = await new Promise((resolve) => child.once("close", resolve));
  if (exitCode !== 0) throw new Error(`${words.join(" ")} exited with ${exitCode}: ${output}`);
  return { ready: readyAfter, removed: performance.now() - started };
}

async function timeCompose(file: string): Promise<FreshTimes> {
  const command = "docker compose --project-name nestbox-bench-fresh --file -";
  const ready = await timeInContainer(`${command} up --detach --wait`, file);
  return { ready, removed: ready + (await timeInContainer(`${command} down --volumes`, file)) };
}

/** The time that a shell in the container measures: entering the container would count otherwise. */
async function timeInContainer(command: string, input: string): Promise<number> {
  const uptime = (name: string) => `read ${name} rest < /proc/uptime`;
  const script = `${uptime("start")}; ${command} || exit 1; ${uptime("end")}; echo "$start to $end" >&2`;
  const { exitCode, stderr } = await inContainer(CLIENT, ["sh", "-c", script], input);
  const [, start, end] = /^([\d.]+) to ([\d.]+)$/m.exec(stderr) ?? [];
  if (exitCode !== 0 || start === undefined) throw new Error(`${command}: ${stderr}`);
  return (Number(end) - Number(start)) * 1000;
}
