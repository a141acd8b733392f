import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { programDependencies } from "../../../airgap/language-host/program-dependencies.ts";

test("dependencies have their installed versions", () => {
  const folder = mkdtempSync(join(tmpdir(), "program-dependencies-"));
  mkdirSync(join(folder, "node_modules/@scope/one"), { recursive: true });
  writeFileSync(join(folder, "node_modules/@scope/one/package.json"), '{"version":"1.2.3"}');
  const manifest = { dependencies: { "@scope/one": "^1.0.0" }, devDependencies: { "not-installed": "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  expect(programDependencies(folder)).toEqual([
    { name: "@scope/one", version: "1.2.3" },
    { name: "not-installed", version: "" },
  ]);
  rmSync(folder, { recursive: true });
});
