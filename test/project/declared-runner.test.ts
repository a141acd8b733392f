import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runnerKeepers } from "../../src/project/declared-runner.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: string) => writeFileSync(join(folder, file), content);

test("without a project there are no stacks with a runner", () => {
  expect(runnerKeepers(folder)).toEqual([]);
});

function writeProject(): void {
  write("Pulumi.yaml", "name: shop\n");
  write("Pulumi.dev.yaml", "config: {}\n");
  write("Pulumi.none.yaml", 'config: { "nestbox:runner": {} }\n');
  write("Pulumi.ci.big.yaml", 'config: { "nestbox:runner": { project: 7 } }\n');
}

test("stacks with a runner in their files are listed, also from a folder below the project", () => {
  writeProject();
  mkdirSync(join(folder, "below"));
  expect(runnerKeepers(join(folder, "below"))).toEqual([{ project: "shop", stack: "ci.big" }]);
});

test("an unreadable file gives an empty list", () => {
  writeProject();
  write("Pulumi.broken.yaml", "config: [\n");
  expect(runnerKeepers(folder)).toEqual([]);
});
