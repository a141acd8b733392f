import { createReadStream } from "node:fs";
import { ChildFailed, runChild } from "../machine/child-process.ts";
import { declaredFiles } from "../machine/declared-files.ts";
import type { Environment } from "../machine/environment.ts";
import { textStream } from "../machine/text-stream.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { SeedStep } from "../model/seed.ts";
import type { RunningSandbox } from "../sandbox/running-sandbox.ts";
import type { Seeded } from "./fork.ts";

/** A seed of a declaration, and where its steps run. */
export interface SeedRun {
  /** The path of the service: `shop.services.database`. */
  readonly service: string;
  readonly key: string;
  readonly steps: readonly SeedStep[];
  readonly sandbox: Pick<RunningSandbox, "exec">;
  /** The client of the service, with the words for a file of statements. */
  readonly client: readonly string[];
  /** Runs a job against the state. @returns its exit code */
  readonly runJob: (job: string, output: (text: string) => void) => Promise<number>;
  readonly projectFolder: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * Fills a state, step by step.
 * @throws ConfigurationError for the step that fails, with its last lines
 */
export async function runSeed(run: SeedRun, empty: Seeded): Promise<void> {
  for (const [index, step] of run.steps.entries()) {
    const path = `${run.service}.seed${run.steps.length === 1 ? "" : `[${index}]`}`;
    if ("files" in step) await loadFiles(run, path, step.files);
    else if ("command" in step) await runHere(run, path, step.command, empty);
    else {
      const output = lastLines();
      const exitCode = await run.runJob(step.job, output.add);
      if (exitCode !== 0) throw failed(path, `job ${step.job}`, `exit code ${exitCode}`, output.lines());
    }
  }
}

async function loadFiles(run: SeedRun, path: string, paths: readonly string[]): Promise<void> {
  const files = paths.flatMap((one) => declaredFiles(run.projectFolder, one, run.key));
  for (const { file } of files) {
    const output = lastLines();
    const stream = () => textStream(output.add);
    const streams = { stdin: createReadStream(file), stdout: stream(), stderr: stream(), signal: run.signal };
    const exitCode = await run.sandbox.exec(run.key, run.client, streams);
    if (exitCode !== 0) throw failed(path, file, `exit code ${exitCode} of the client`, output.lines());
  }
}

async function runHere(
  { projectFolder: folder, environment: own, signal }: SeedRun,
  path: string,
  [command = "", ...args]: readonly string[],
  { values, variables }: Seeded,
): Promise<void> {
  // The service's own names, too: those for all services may be prefixed, such as DATABASE_PGHOST.
  const unprefixed = values.variables as Readonly<Record<string, string>> | undefined;
  const environment = { ...own, ...unprefixed, ...variables };
  try {
    await runChild({ command, args, folder, environment, signal });
  } catch (error) {
    if (!(error instanceof ChildFailed)) throw error;
    const ending = error.exitCode === undefined ? "it could not run" : `exit code ${error.exitCode}`;
    throw failed(path, [command, ...args].join(" "), ending, error.lastLines);
  }
}

function failed(path: string, what: string, ending: string, lines: readonly string[]): ConfigurationError {
  const output = lines.map((line) => `\n    ${line}`).join("");
  return new ConfigurationError(`${path}: ${what} failed with ${ending}; correct it${output}`);
}

const LAST_LINES = 12;

/** Keeps the last lines of an output. */
function lastLines() {
  let text = "";
  return {
    add: (more: string) => {
      text = (text + more).slice(-100_000);
    },
    lines: () =>
      text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .slice(-LAST_LINES),
  };
}
