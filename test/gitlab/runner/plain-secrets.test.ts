import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { refusePlainSecrets } from "../../../src/gitlab/runner/plain-secrets.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function check(runner: object | undefined): void {
  writeFileSync(join(folder, "Pulumi.ci.yaml"), JSON.stringify({ config: { "nestbox:runner": runner } }));
  refusePlainSecrets(folder, "ci", "nestbox:runner");
}

test.each([
  [{ project: 7, token: "glpat-plain-1" }, "nestbox:runner.token"],
  [{ token: { secure: "v1:x" }, mirror: { password: "glpat-plain-1" } }, "nestbox:runner.mirror.password"],
])("%j: what is not encrypted is named, and not shown", (runner, place) => {
  expect(() => check(runner)).toThrow(`Pulumi.ci.yaml: ${place} is there as it is`);
  expect(() => check(runner)).toThrow(`pulumi config set --secret --path ${place} --stack ci`);
  expect(() => check(runner)).not.toThrow("glpat-plain");
});

test.each([
  [{ token: { secure: "v1:x" }, mirror: { password: { secure: "v1:y" } } }],
  [{ project: 7, mirror: false }],
  [{}],
  [undefined],
])("%j: what is encrypted, or not there, is taken", (runner) => {
  check(runner);
});

test("settings that are in another file are not judged", () => {
  refusePlainSecrets(folder, "elsewhere", "nestbox:runner");
});
