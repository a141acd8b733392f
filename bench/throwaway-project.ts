import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Steps } from "./rounds.ts";

/**
 * A copy of this project with its own declaration and state. Later changes of the repository do not reach it.
 */
export type ThrowawayProject = ReturnType<typeof throwawayProject>;

/** The steps of a stack, in this order. */
export type StackStep = "up" | "unchanged" | "down";

/** The passphrase of the state of a measured project. */
export const PASSPHRASE = "bench";

/**
 * Creates a project.
 * @param declaration the text of its sandboxes/index.ts
 * @param variables more variables of commands in the project
 */
export function throwawayProject(
  repository: string,
  name: string,
  declaration: string,
  variables: NodeJS.ProcessEnv = {},
) {
  const folder = mkdtempSync(path.join(tmpdir(), `nestbox-${name}-`));
  for (const part of ["infra", "src", "package.json", "Pulumi.yaml"])
    cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "sandboxes"));
  writeFileSync(path.join(folder, "sandboxes/index.ts"), declaration);
  cpSync(path.join(repository, "sandboxes/runners.ts"), path.join(folder, "sandboxes/runners.ts"));
  const state = path.join(folder, "state");
  mkdirSync(state);
  const { CI, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE, ...inherited } = process.env;
  /** The environment of commands in the project. */
  const environment = {
    ...{ ...inherited, ...variables },
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
  };
  /** Runs `nestbox` in the project, and returns its output. */
  const nestbox = async (words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> => {
    const command = [path.join(folder, "src", "cli", "main.mjs"), "--project", folder, ...words];
    const env = { ...environment, ...more };
    return (await promisify(execFile)(process.execPath, command, { env })).stdout;
  };
  return {
    ...{ folder, environment, nestbox },
    /** The steps of the stack of a branch. */
    stepsOf(branch: string): Steps<StackStep> {
      const up = () => nestbox(["up", `--branch=${branch}`]);
      return { up, unchanged: up, down: () => nestbox(["down", `--branch=${branch}`]) };
    },
    /** Writes the settings of the stacks of branches. */
    configure(settings: Readonly<Record<string, unknown>>): void {
      const config = Object.entries(settings).map(([key, value]) => [`nestbox:${key}`, value] as const);
      const text = JSON.stringify({ config: Object.fromEntries(config) });
      writeFileSync(path.join(folder, "Pulumi.branch.yaml"), text);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
