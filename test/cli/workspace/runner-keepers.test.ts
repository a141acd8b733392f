import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runnerKeepers } from "../../../src/cli/workspace/runner-keepers.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: string) => writeFileSync(join(folder, file), content);

test("without a project nobody keeps a runner", () => {
  expect(runnerKeepers(folder)).toEqual([]);
});

test("the stacks whose files set a runner keep one, seen from below the project too", () => {
  write("Pulumi.yaml", "name: shop\n");
  write("Pulumi.dev.yaml", "config: {}\n");
  write("Pulumi.none.yaml", 'config: { "nestbox:runner": {} }\n');
  write("Pulumi.ci.big.yaml", 'config: { "nestbox:runner": { project: 7 } }\n');
  mkdirSync(join(folder, "below"));
  expect(runnerKeepers(join(folder, "below"))).toEqual([{ project: "shop", stack: "ci.big" }]);
});

test("a file that cannot be read is told by other commands", () => {
  write("Pulumi.broken.yaml", "config: [\n");
  expect(runnerKeepers(folder)).toEqual([]);
});
