import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { uniqueName } from "../src/model/names.ts";
import { ownerOf } from "../src/stacks/stack-identity.ts";
import type { ThrowawayProject } from "./throwaway-project.ts";

/** The sandbox of every stack. Another edition replaces its service. */
export const DECLARATION = `import { redis } from "nestbox/catalog";
import { sandbox } from "nestbox";

export default [
  sandbox("shop", {
    volumes: ["data"],
    services: {
      cache: redis({ volumes: { "/data": "data" }, env: { EDITION: process.env.EDITION ?? "1" } }),
    },
    jobs: {
      ping: {
        image: "redis:7-alpine",
        files: "sandboxes",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST ping"],
      },
    },
  }),
];
`;

/** The stack of a branch whose commands are killed. */
export type KillStack = ReturnType<typeof killStack>;

export function killStack({ folder, environment }: ThrowawayProject, branch: string) {
  const name = uniqueName(branch);
  const owner = ownerOf({ project: "nestbox", stack: name, backend: environment.PULUMI_BACKEND_URL });
  /** Starts a command in the stack. */
  const start = (words: readonly string[], edition = 1) => {
    const command = ["src/cli/main.mjs", "--project", folder, ...words, `--branch=${branch}`];
    const env = { ...environment, EDITION: String(edition), TMPDIR: path.join(folder, "tmp") };
    const child = spawn(process.execPath, command, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    // Not "close": a process that outlives the command may keep its output open.
    const ended = once(child, "exit").then(([exitCode, signal]) => ({
      exitCode: exitCode as number | null,
      signal: signal as NodeJS.Signals | null,
      output,
    }));
    return { process: child, ended };
  };
  /** @throws Error if the command fails */
  const succeed = async (words: readonly string[], edition?: number): Promise<void> => {
    const { exitCode, signal, output } = await start(words, edition).ended;
    if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode ?? signal}:\n${output}`);
  };
  return { name, owner, start, succeed };
}

/** What the state and its folder hold of a stack, a line each: resources, pending operations, locks. */
export function inState({ folder }: ThrowawayProject, { name }: KillStack): readonly string[] {
  const state = path.join(folder, "state/.pulumi");
  const file = path.join(state, "stacks/nestbox", `${name}.json`);
  const latest = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).checkpoint.latest : undefined;
  return [
    ...(latest?.resources ?? []).map(({ urn }: { readonly urn: string }) => `in the state: ${urn}`),
    ...(latest?.pending_operations ?? []).map(() => "in the state: a pending operation"),
    ...filesIn(path.join(state, "locks/organization/nestbox", name)).map((lock) => `lock ${lock}`),
  ];
}

/** The names of the files in a folder; none if it does not exist. */
export function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
