import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { composeWords, timeInContainer, withComposeClient } from "./compose-client.ts";
import { withPublishedProject } from "./published-project.ts";
import { inRounds, type Round } from "./rounds.ts";

/** Milliseconds from the start of a command until its Redis is ready, and until everything is removed. */
type FreshTimes = Readonly<Record<"ready" | "removed", number>>;

/** The version in the comparison. It is not a dependency: its 173 packages take 48 MB. */
const TESTCONTAINERS = "testcontainers@12.2.0";

/** A sandbox of one Redis, whose emitted compose file is compose/one.yaml. */
export const DECLARATION = `import { sandbox } from "nestbox";
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
 * testcontainers. Times are those of whole commands; that of compose does not include entering its container.
 */
export function freshSandboxes(
  rounds: number,
): Promise<readonly Round<"nestbox" | "compose" | "testcontainers", keyof FreshTimes>[]> {
  return withPublishedProject(DECLARATION, [TESTCONTAINERS], async ({ folder, nestbox }) => {
    const program = path.join(folder, "redis.mjs");
    writeFileSync(program, PROGRAM);
    await promisify(execFile)(process.execPath, nestbox("emit"));
    const file = readFileSync(path.join(folder, "compose", "one.yaml"), "utf8");
    return withComposeClient((client) =>
      inRounds(rounds, async () => ({
        nestbox: await timeNode(nestbox("run", "one", "--", "true"), /^✓ sandbox/m),
        compose: await timeCompose(client, file),
        testcontainers: await timeNode([program], /^ready/m, { TESTCONTAINERS_RYUK_DISABLED: "true" }),
      })),
    );
  });
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

async function timeCompose(client: string, file: string): Promise<FreshTimes> {
  const time = (...words: readonly string[]) =>
    timeInContainer(client, composeWords("nestbox-bench-fresh", ...words).join(" "), file);
  const ready = await time("up", "--detach", "--wait");
  return { ready, removed: ready + (await time("down", "--volumes")) };
}
