import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import * as airgap from "../../airgap/index.ts";
import { ownVersion } from "../../src/machine/installed-packages.ts";
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
  const { dependencies, ...loaded } = loadAirgap(REPOSITORY, {}) ?? { dependencies: undefined };
  expect(Object.keys(loaded).sort()).toEqual(Object.keys(EXPORTS).sort());
  expect(dependencies).toBeDefined();
});

test("what the package starts has the environment of the set-up, unless it names one", async () => {
  const { dependencies } = loadAirgap(REPOSITORY, { ...process.env, COLOUR: "green" }) ?? {};
  const shown = { command: "sh", args: ["-c", "echo $COLOUR"] };
  expect(await dependencies?.runChild(shown)).toBe("green\n");
  const other = { ...process.env, COLOUR: "blue" };
  expect(await dependencies?.runChild({ ...shown, environment: other })).toBe("blue\n");
});

test("a project without nestbox-airgap uses the one of this package", () => {
  expect(loadAirgap(project, {})?.GITLAB_PROVIDER_FOLDER).toEqual(airgap.GITLAB_PROVIDER_FOLDER);
});

/** Installs a double of the package in the project. */
function installDouble(version: string): void {
  const folder = join(project, "node_modules/nestbox-airgap");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ version, exports: "./index.cjs" }));
  writeFileSync(join(folder, "index.cjs"), 'exports.GITLAB_PROVIDER_FOLDER = "a double";');
}

test("nestbox-airgap of another version is refused with the remedy", () => {
  installDouble("0.0.1");
  expect(() => loadAirgap(project, {})).toThrow(
    `${project}: nestbox-airgap 0.0.1 does not fit nestbox ${ownVersion()}; ` +
      `run npm install --save-dev nestbox-airgap@${ownVersion()}`,
  );
});

test("nestbox-airgap of the project comes first", () => {
  installDouble(ownVersion());
  expect(loadAirgap(project, {})?.GITLAB_PROVIDER_FOLDER).toBe("a double");
});
