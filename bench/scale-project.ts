import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A user's project with a state of its own. */
export interface ScaleProject {
  readonly folder: string;
  /** What a command must have in its environment to work on it. */
  readonly environment: NodeJS.ProcessEnv;
  /**
   * Lets the branches that are brought up from now on have so many sandboxes, at most those that are
   * declared.
   */
  useSandboxes(count: number): void;
  remove(): void;
}

/**
 * Seconds that a question may take, from whomever and to whomever it goes: who cannot be reached does not
 * refuse, but is silent.
 */
const ANSWER_SECONDS = 5;

// The job asks its own Redis by its alias, and for a number that is 1 unless somebody has asked it before;
// and all the while those whose addresses the caller names.
const DECLARATION = `import { redis } from "nestbox/catalog";
import { sandbox } from "nestbox";

export default Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(\`s\${index + 1}\`, {
    services: { cache: redis({ alias: "cache" }) },
    jobs: {
      ask: {
        image: "redis:7-alpine",
        timeout: "5m",
        env: ({ cache }) => ({ HOST: cache.host, STRANGERS: process.env.BENCH_STRANGERS ?? "" }),
        script: [
          "for stranger in $STRANGERS; do echo \\"stranger: $(timeout ${ANSWER_SECONDS} redis-cli -h $stranger ping 2>&1)\\" & done",
          "echo \\"own: $(timeout ${ANSWER_SECONDS} redis-cli -h $HOST ping) $(timeout ${ANSWER_SECONDS} redis-cli -h $HOST incr asked)\\"",
          "wait",
        ],
      },
    },
  }),
);
`;

/** What a job has found out. */
export interface JobAnswers {
  /** Whether its own Redis has answered, and had not been asked before. */
  readonly own: boolean;
  /** How many others it has asked. */
  readonly asked: number;
  /** How many of them have answered. */
  readonly strangers: number;
}

/** Reads what a job has written. */
export function jobAnswers(stdout: string): JobAnswers {
  const strangers = [...stdout.matchAll(/^stranger: (.*)$/gm)].map(([, answer = ""]) => answer);
  return {
    own: /^own: PONG 1$/m.test(stdout),
    asked: strangers.length,
    strangers: strangers.filter((answer) => answer.includes("PONG")).length,
  };
}

/**
 * Makes a project, a copy of this one, that declares so many sandboxes: each a Redis and a job that asks it
 * and, by their addresses, others.
 */
export function scaleProject(repository: string, declared: number): ScaleProject {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-scale-"));
  for (const part of ["infra", "src", "package.json", "Pulumi.yaml"])
    cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "sandboxes"));
  writeFileSync(path.join(folder, "sandboxes", "index.ts"), DECLARATION);
  const state = path.join(folder, "state");
  mkdirSync(state);
  const { CI, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE, ...environment } = process.env;
  return {
    folder,
    environment: {
      ...environment,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      BENCH_SANDBOXES: String(declared),
    },
    useSandboxes(count) {
      const names = Array.from({ length: count }, (_, index) => `s${index + 1}`);
      const settings = { "nestbox:sandboxes": names, "nestbox:timeToLive": "1d" };
      writeFileSync(path.join(folder, "Pulumi.branch.yaml"), JSON.stringify({ config: settings }));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
