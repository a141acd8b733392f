import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLocalStack, localStacks, stateFileOf } from "../../../src/operations/stack/stack-file.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-state-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A stack of the project "shop", by default in the folder. */
function context(stack = "dev", backend = `file://${folder}?metadata=skip`) {
  return { project: { name: "shop", stack }, environment: { PULUMI_BACKEND_URL: backend } };
}

function write(file: string, content: string): void {
  const place = path.join(folder, ".pulumi", file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
}

test("a local folder keeps the stacks of each project apart, even when it is empty", () => {
  const stacks = path.join(folder, ".pulumi/stacks/shop");
  expect(localStacks(context())).toBe(stacks);
  write("meta.yaml", "version: 1\n");
  write("stacks/shop/dev.json.gz", "");
  expect(localStacks(context())).toBe(stacks);
  expect(stateFileOf(context())).toBe(path.join(stacks, "dev.json.gz"));
  expect(stateFileOf(context("prod"))).toBeUndefined();
});

test.each([undefined, "version: 0\n"])(
  "in Pulumi's legacy layout, where meta.yaml says %j, only Pulumi can tell",
  (meta) => {
    write("stacks/dev.json", "{}");
    if (meta !== undefined) write("meta.yaml", meta);
    expect(localStacks(context())).toBeUndefined();
  },
);

test("for a state outside local folders, too", () => {
  expect(localStacks(context("dev", "s3://states"))).toBeUndefined();
});

test("a stack in a local folder is created without Pulumi, and an existing one stays", () => {
  expect(createLocalStack(context())).toBe(true);
  const file = path.join(folder, ".pulumi/stacks/shop/dev.json");
  expect(stateFileOf(context())).toBe(file);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: 3,
    checkpoint: { stack: "organization/shop/dev" },
  });
  for (const written of [file, path.join(folder, ".pulumi/meta.yaml")])
    expect(statSync(written).mode & 0o777).toBe(0o600);
  writeFileSync(file, "whole");
  expect(createLocalStack(context())).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("whole");
});

test("a name that Pulumi refuses, and a state in its legacy layout, are left to Pulumi", () => {
  expect(createLocalStack(context("others/shop/dev"))).toBe(false);
  write("stacks/dev.json", "{}");
  expect(createLocalStack(context())).toBe(false);
});
