import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { uniqueName } from "../../src/model/names.ts";
import { branchStackFile, stackFileName, writeBranchStackFile } from "../../src/project/branch-stack.ts";

const BRANCH = "feat/a";
const STACK = uniqueName(BRANCH);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "branch-stack-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, config: object, others: object = {}): void {
  writeFileSync(path.join(folder, file), JSON.stringify({ ...others, config }));
}

test("without a template a branch has no sandboxes and a time to live of one day", () => {
  expect(branchStackFile(folder, STACK, BRANCH)).toEqual({
    config: { "nestbox:branch": BRANCH, "nestbox:timeToLive": "1d" },
  });
});

test("the file of stack dev is the template, after a template for branches", () => {
  write("Pulumi.dev.yaml", { "nestbox:sandboxes": ["dev"] }, { encryptionsalt: "of dev" });
  expect(branchStackFile(folder, STACK, BRANCH)).toEqual({
    config: { "nestbox:branch": BRANCH, "nestbox:timeToLive": "1d", "nestbox:sandboxes": ["dev"] },
  });
  write("Pulumi.branch.yaml", { "nestbox:sandboxes": ["one"], "nestbox:timeToLive": "2h" });
  expect(branchStackFile(folder, STACK, BRANCH)).toEqual({
    config: { "nestbox:branch": BRANCH, "nestbox:timeToLive": "2h", "nestbox:sandboxes": ["one"] },
  });
});

test("the template's secrets and settings of other namespaces are left out", () => {
  write("Pulumi.branch.yaml", {
    "nestbox:secrets": { password: { secure: "…" } },
    "docker:host": "tcp://elsewhere",
  });
  expect(Object.keys(branchStackFile(folder, STACK, BRANCH).config as object).sort()).toEqual([
    "nestbox:branch",
    "nestbox:timeToLive",
  ]);
});

test("the stack keeps its own values; its settings follow the template", () => {
  write("Pulumi.branch.yaml", { "nestbox:sandboxes": ["one"] });
  const secrets = { password: { secure: "v1:…" } };
  write(
    stackFileName(STACK),
    { "nestbox:sandboxes": ["before"], "nestbox:secrets": secrets, "docker:host": "tcp://here" },
    { encryptionsalt: "v1:salt" },
  );
  writeBranchStackFile(folder, STACK, BRANCH);
  expect(parse(readFileSync(path.join(folder, stackFileName(STACK)), "utf8"))).toEqual({
    encryptionsalt: "v1:salt",
    config: {
      "nestbox:timeToLive": "1d",
      "nestbox:sandboxes": ["one"],
      "nestbox:secrets": secrets,
      "docker:host": "tcp://here",
      "nestbox:branch": BRANCH,
    },
  });
});

test("a stack's file is replaced as a whole, and only when it changes", () => {
  write("Pulumi.branch.yaml", { "nestbox:sandboxes": ["one"] });
  const file = path.join(folder, stackFileName(STACK));
  const written = () => {
    writeBranchStackFile(folder, STACK, BRANCH);
    return statSync(file).ino;
  };
  const first = written();
  expect(written()).toBe(first);
  write("Pulumi.branch.yaml", { "nestbox:sandboxes": ["two"] });
  expect(written()).not.toBe(first);
});

test.each(["true", "123", "null", "a: b #c", "'\"\\", "größe/😀"])(
  "branch %j is written as text",
  (branch) => {
    writeBranchStackFile(folder, STACK, branch);
    const { config } = parse(readFileSync(path.join(folder, stackFileName(STACK)), "utf8"));
    expect(config["nestbox:branch"]).toBe(branch);
  },
);
