import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * A copy of this project with its own declaration and state. Later changes of the repository do not reach it.
 */
export interface ThrowawayProject {
  readonly folder: string;
  /** The environment of commands in the project. */
  readonly environment: NodeJS.ProcessEnv;
  /** Writes the settings of the stacks of branches. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  remove(): void;
}

/** The passphrase of the state of a measured project. */
export const PASSPHRASE = "bench";

/**
 * Creates a project.
 * @param declaration the text of its sandboxes/index.ts
 */
export function throwawayProject(repository: string, name: string, declaration: string): ThrowawayProject {
  const folder = mkdtempSync(path.join(tmpdir(), `nestbox-${name}-`));
  for (const part of ["infra", "src", "package.json", "Pulumi.yaml"])
    cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "sandboxes"));
  writeFileSync(path.join(folder, "sandboxes/index.ts"), declaration);
  cpSync(path.join(repository, "sandboxes/runners.ts"), path.join(folder, "sandboxes/runners.ts"));
  const state = path.join(folder, "state");
  mkdirSync(state);
  const { CI, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE, ...environment } = process.env;
  return {
    folder,
    environment: {
      ...environment,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    },
    configure(settings) {
      const config = Object.entries(settings).map(([key, value]) => [`nestbox:${key}`, value] as const);
      const text = JSON.stringify({ config: Object.fromEntries(config) });
      writeFileSync(path.join(folder, "Pulumi.branch.yaml"), text);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
