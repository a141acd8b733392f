import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLocalStack, localStacks, stateFileOf } from "../../../src/cli/stack/stack-file.ts";

let folder: string;
const before = process.env.PULUMI_BACKEND_URL;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-state-"));
  process.env.PULUMI_BACKEND_URL = `file://${folder}?metadata=skip`;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = before;
});

function write(file: string, content: string): void {
  const place = path.join(folder, ".pulumi", file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, content);
}

test("a local folder keeps the stacks of each project apart, even when it is empty", () => {
  const stacks = path.join(folder, ".pulumi/stacks/shop");
  expect(localStacks("shop")).toBe(stacks);
  write("meta.yaml", "version: 1\n");
  write("stacks/shop/dev.json.gz", "");
  expect(localStacks("shop")).toBe(stacks);
  expect(stateFileOf("shop", "dev")).toBe(path.join(stacks, "dev.json.gz"));
  expect(stateFileOf("shop", "prod")).toBeUndefined();
});

test.each([undefined, "version: 0\n"])(
  "in Pulumi's legacy layout, where meta.yaml says %j, only Pulumi can tell",
  (meta) => {
    write("stacks/dev.json", "{}");
    if (meta !== undefined) write("meta.yaml", meta);
    expect(localStacks("shop")).toBeUndefined();
  },
);

test("for a state outside local folders, too", () => {
  process.env.PULUMI_BACKEND_URL = "s3://states";
  expect(localStacks("shop")).toBeUndefined();
});

test("a stack in a local folder is created without Pulumi, and an existing one stays", () => {
  expect(createLocalStack("shop", "dev")).toBe(true);
  const file = path.join(folder, ".pulumi/stacks/shop/dev.json");
  expect(stateFileOf("shop", "dev")).toBe(file);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: 3,
    checkpoint: { stack: "organization/shop/dev" },
  });
  writeFileSync(file, "whole");
  expect(createLocalStack("shop", "dev")).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("whole");
});

test("a name that Pulumi refuses, and a state in its legacy layout, are left to Pulumi", () => {
  expect(createLocalStack("shop", "others/shop/dev")).toBe(false);
  write("stacks/dev.json", "{}");
  expect(createLocalStack("shop", "dev")).toBe(false);
});
