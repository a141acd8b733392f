import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** A user's project with its own state. */
export interface ScaleProject {
  readonly folder: string;
  /** Runs `nestbox` in the project, and returns its output. */
  nestbox(words: readonly string[], more?: NodeJS.ProcessEnv): Promise<string>;
  /** Sets the number of sandboxes for the next branches, up to the declared ones. */
  useSandboxes(count: number): void;
  remove(): void;
}

/** The passphrase of the state of a measured project. */
export const PASSPHRASE = "bench";

/** The timeout of a request, in seconds. An unreachable Redis drops packets instead of refusing them. */
const TIMEOUT_SECONDS = 5;

// The job sends requests to its own Redis by alias. The counter is 1 unless another job reached that Redis.
// Concurrently it sends requests to the addresses in BENCH_FOREIGN_HOSTS.
const DECLARATION = `import { redis } from "nestbox/catalog";
import { sandbox } from "nestbox";

export default Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(\`s\${index + 1}\`, {
    services: { cache: redis({ alias: "cache" }) },
    jobs: {
      ask: {
        image: "redis:7-alpine",
        timeout: "5m",
        env: ({ cache }) => ({ HOST: cache.host, FOREIGN_HOSTS: process.env.BENCH_FOREIGN_HOSTS ?? "" }),
        script: [
          "ask() { timeout ${TIMEOUT_SECONDS} redis-cli -h \\"$@\\"; }",
          "for host in $FOREIGN_HOSTS; do echo \\"foreign: $(ask $host ping 2>&1)\\" & done",
          "echo \\"own: $(ask $HOST ping) $(ask $HOST incr asked)\\"",
          "wait",
        ],
      },
    },
  }),
);
`;

/** The answers that a job received. */
export interface JobAnswers {
  /** Whether its own Redis answered, without earlier requests. */
  readonly own: boolean;
  /** The number of requests to other sandboxes. */
  readonly foreignRequests: number;
  /** The number of answers from other sandboxes. */
  readonly foreignAnswers: number;
}

/** Parses the output of a job. */
export function jobAnswers(stdout: string): JobAnswers {
  const foreign = [...stdout.matchAll(/^foreign: (.*)$/gm)].map(([, answer = ""]) => answer);
  return {
    own: /^own: PONG 1$/m.test(stdout),
    foreignRequests: foreign.length,
    foreignAnswers: foreign.filter((answer) => answer.includes("PONG")).length,
  };
}

/** Creates a copy of this project with `declared` sandboxes, each with a Redis and a job. */
export function scaleProject(repository: string, declared: number): ScaleProject {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-scale-"));
  for (const part of ["infra", "src", "package.json", "Pulumi.yaml"])
    cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "sandboxes"));
  writeFileSync(path.join(folder, "sandboxes", "index.ts"), DECLARATION);
  cpSync(path.join(repository, "sandboxes/runners.ts"), path.join(folder, "sandboxes/runners.ts"));
  const state = path.join(folder, "state");
  mkdirSync(state);
  const { CI, PULUMI_CONFIG_PASSPHRASE_FILE, ...inherited } = process.env;
  const own = {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    BENCH_SANDBOXES: String(declared),
  };
  return {
    folder,
    async nestbox(words, more) {
      const command = [path.join(folder, "src", "cli", "main.mjs"), "--project", folder, ...words];
      const env = { ...inherited, ...own, ...more };
      return (await promisify(execFile)(process.execPath, command, { env })).stdout;
    },
    useSandboxes(count) {
      const names = Array.from({ length: count }, (_, index) => `s${index + 1}`);
      const settings = { "nestbox:sandboxes": names, "nestbox:timeToLive": "1d" };
      writeFileSync(path.join(folder, "Pulumi.branch.yaml"), JSON.stringify({ config: settings }));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
