import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ProgramRun, programCommand } from "../../../airgap/language-host/program-command.ts";

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "program-command-")));
  mkdirSync(join(folder, "node_modules/@pulumi/pulumi"), { recursive: true });
  writeFileSync(join(folder, "node_modules/@pulumi/pulumi/package.json"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (changes: Partial<ProgramRun> = {}): ProgramRun => ({
  programFolder: folder,
  rootFolder: "/project",
  workingFolder: "/project",
  entryPoint: "infra/index.ts",
  arguments: [],
  options: { typescript: false },
  monitorAddress: "127.0.0.1:1",
  organization: "organization",
  project: "nestbox",
  stack: "dev",
  config: { "nestbox:sandboxes": '["snake"]' },
  secretConfigKeys: [],
  parallel: 8,
  preview: false,
  ...changes,
});

test("the program's own @pulumi/pulumi runs it", () => {
  expect(programCommand(run(), "127.0.0.1:2").arguments).toEqual([
    join(folder, "node_modules/@pulumi/pulumi/cmd/run"),
    ...[
      "--monitor",
      "127.0.0.1:1",
      "--engine",
      "127.0.0.1:2",
      "--organization",
      "organization",
      "--project",
      "nestbox",
    ],
    ...["--root-directory", "/project", "--stack", "dev", "--pwd", "/project", "--parallel", "8"],
    "infra/index.ts",
  ]);
});

test("a preview gets --dry-run", () => {
  expect(programCommand(run({ preview: true }), "").arguments).toContain("--dry-run");
});

test("nodeargs come first, and quotes keep blanks together", () => {
  const options = { nodeargs: `--stack-trace-limit=0 --title='a b' "--import=./x y.js"` };
  expect(programCommand(run({ options }), "").arguments.slice(0, 3)).toEqual([
    "--stack-trace-limit=0",
    "--title=a b",
    "--import=./x y.js",
  ]);
});

test("Pulumi compiles TypeScript unless the option is false", () => {
  expect(programCommand(run(), "").environment.PULUMI_NODEJS_TYPESCRIPT).toBe("false");
  expect(programCommand(run({ options: {} }), "").environment.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
});

test("configuration is passed in the variables of Pulumi's SDK", () => {
  const { environment } = programCommand(run({ secretConfigKeys: ["nestbox:token"] }), "");
  expect(JSON.parse(environment.PULUMI_CONFIG ?? "")).toEqual({ "nestbox:sandboxes": '["snake"]' });
  expect(JSON.parse(environment.PULUMI_CONFIG_SECRET_KEYS ?? "")).toEqual(["nestbox:token"]);
});

test("an unknown option is an error that names it", () => {
  expect(() => programCommand(run({ options: { typescirpt: false } }), "")).toThrow(
    /runtime\.options\.typescirpt/,
  );
});

test("a program without @pulumi/pulumi is an error that names its folder", () => {
  expect(() => programCommand(run({ programFolder: "/" }), "")).toThrow(
    /^\/: @pulumi\/pulumi is not installed; run npm install there$/,
  );
});
