import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { localStacks, stateFileOf } from "../../../cli/stack/stack-file.ts";

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

test("a local folder has a project's stacks by themselves, also before anything is in it", () => {
  const stacks = path.join(folder, ".pulumi/stacks/shop");
  expect(localStacks("shop")).toBe(stacks);
  write("meta.yaml", "version: 1\n");
  write("stacks/shop/dev.json.gz", "");
  expect(localStacks("shop")).toBe(stacks);
  expect(stateFileOf("shop", "dev")).toBe(path.join(stacks, "dev.json.gz"));
  expect(stateFileOf("shop", "prod")).toBeUndefined();
});

test.each([undefined, "version: 0\n"])(
  "in Pulumi's former layout, where meta.yaml says %j, only Pulumi can tell",
  (meta) => {
    write("stacks/dev.json", "{}");
    if (meta !== undefined) write("meta.yaml", meta);
    expect(localStacks("shop")).toBeUndefined();
  },
);

test("so it is with a state elsewhere", () => {
  process.env.PULUMI_BACKEND_URL = "s3://states";
  expect(localStacks("shop")).toBeUndefined();
});
