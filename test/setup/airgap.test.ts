import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import * as airgap from "../../airgap/index.ts";
import { type AirgapExports, loadAirgap } from "../../src/setup/airgap.ts";

/** `npm run check` compares the types of the two sides here: neither imports the other. */
const EXPORTS: AirgapExports = airgap;

const REPOSITORY = join(__dirname, "../..");

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterEach(() => rmSync(project, { recursive: true }));

test("the package has exactly the exports that the set-up uses", () => {
  const { dependencies, ...loaded } = loadAirgap(REPOSITORY) ?? { dependencies: undefined };
  expect(Object.keys(loaded).sort()).toEqual(Object.keys(EXPORTS).sort());
  expect(dependencies).toBeDefined();
});

test("a project without nestbox-airgap uses the one of this package", () => {
  expect(loadAirgap(project)?.PLUGIN_FOLDERS).toEqual(airgap.PLUGIN_FOLDERS);
});

test("nestbox-airgap of the project comes first", () => {
  const folder = join(project, "node_modules/nestbox-airgap");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "exports": "./index.cjs" }');
  writeFileSync(join(folder, "index.cjs"), 'exports.PLUGIN_FOLDERS = "a double";');
  expect(loadAirgap(project)?.PLUGIN_FOLDERS).toBe("a double");
});
