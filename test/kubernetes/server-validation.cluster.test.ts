import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import sandboxes from "../../sandboxes/index.ts";
import { kubectl, tryKubectl } from "../kubectl.ts";
import { type EmittedNamespace, emitNamespace } from "./emitted-namespace.ts";
import { wide } from "./lowering/wide-sandbox.ts";

/** Warnings that do not concern a manifest, and why they appear. */
const KNOWN_WARNINGS = [
  // kubectl sets an order of its own, too, and has no option against it.
  / Warning: Sorting order is set both in 'kustomization\.yaml' \('sortOptions'\) and in a CLI flag /,
];

const project = projectWithApp();
const CASES = [
  ...sandboxes.map((declared) => ({ name: declared.name, emitted: emitNamespace(declared) })),
  { name: "wide", emitted: emitNamespace(wide, { project }) },
];

afterAll(() => {
  for (const { emitted } of CASES) emitted.remove();
  rmSync(project, { recursive: true });
});

/** The project of {@link wide}: a text and a program. */
function projectWithApp(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-app-"));
  mkdirSync(path.join(folder, "app/bin"), { recursive: true });
  writeFileSync(path.join(folder, "app/main.py"), "print()\n");
  writeFileSync(path.join(folder, "app/bin/run"), Buffer.from([0, 255]));
  chmodSync(path.join(folder, "app/bin/run"), 0o755);
  return folder;
}

test.each(CASES)("the API server accepts the manifests of $name without a warning", ({ emitted }) => {
  // A dry run creates no namespace for what follows.
  kubectl("create", "namespace", emitted.namespace);
  validate(["apply", "--server-side", "-k", emitted.folder]);
  for (const file of jobFiles(emitted)) validate(["create", "-f", file]);
});

function validate(words: readonly string[]): void {
  const { status, stdout, stderr } = tryKubectl([...words, "--dry-run=server"]);
  const unknown = stderr.split("\n").filter((line) => line !== "" && !isKnownWarning(line));
  expect({ status, unknown }).toEqual({ status: 0, unknown: [] });
  expect(stdout).toContain("(server dry run)");
}

function isKnownWarning(line: string): boolean {
  return KNOWN_WARNINGS.some((warning) => warning.test(line));
}

function jobFiles({ folder }: EmittedNamespace): readonly string[] {
  const jobs = path.join(folder, "jobs");
  return readdirSync(jobs).map((name) => path.join(jobs, name));
}
