import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { rejectPlaintextSecrets } from "../../../src/gitlab/runner/plaintext-secrets.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function check(runner: object | undefined): void {
  writeFileSync(join(folder, "Pulumi.ci.yaml"), JSON.stringify({ config: { "nestbox:runner": runner } }));
  rejectPlaintextSecrets(folder, "ci", "nestbox:runner");
}

test.each([
  [{ project: 7, token: "glpat-plain-1" }, "nestbox:runner.token"],
  [{ token: { secure: "v1:x" }, mirror: { password: "glpat-plain-1" } }, "nestbox:runner.mirror.password"],
])("%j: an unencrypted secret is named, not shown", (runner, place) => {
  expect(() => check(runner)).toThrow(`Pulumi.ci.yaml: ${place} is in plain text`);
  expect(() => check(runner)).toThrow(`pulumi config set --secret --path ${place} --stack ci`);
  expect(() => check(runner)).not.toThrow("glpat-plain");
});

test.each([
  [{ token: { secure: "v1:x" }, mirror: { password: { secure: "v1:y" } } }],
  [{ project: 7, mirror: false }],
  [{}],
  [undefined],
])("%j: encrypted or missing secrets are accepted", (runner) => {
  check(runner);
});

test("settings in another file are not checked", () => {
  rejectPlaintextSecrets(folder, "elsewhere", "nestbox:runner");
});
