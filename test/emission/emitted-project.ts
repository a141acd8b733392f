import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import declaredRunners from "../../sandboxes/runners.ts";
import { emission } from "../../src/emission/emission.ts";
import type { Sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../src/model/runner/runner.ts";
import { AT_ROOT, EMITTING } from "./emitted.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** A folder with the emitted files of sandboxes and this project's examples. */
export interface EmittedProject {
  readonly folder: string;
  write(file: string, content: string): void;
  remove(): void;
}

/** Emits sandboxes into a new folder. @param runners default: this project's */
export function emittedProject(
  sandboxes: readonly Sandbox[],
  runners: readonly Runner[] = declaredRunners,
): EmittedProject {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-emitted-"));
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  };
  cpSync(path.join(REPOSITORY, "examples"), path.join(folder, "examples"), { recursive: true });
  const plans = sandboxes.map((sandbox) => plan(sandbox, { profiles: "all" }));
  const { files } = emission(EMITTING, { ...AT_ROOT, plans, runners });
  for (const file of files) write(file.path, file.content);
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
