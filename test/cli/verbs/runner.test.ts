import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "smol-toml";

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-runner-"));
beforeAll(() => {
  mkdirSync(path.join(folder, "sandboxes"));
  cpSync(path.join(__dirname, "../../../Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function printConfig(runners: readonly object[]) {
  writeFileSync(path.join(folder, "sandboxes/runners.ts"), `export default ${JSON.stringify(runners)};`);
  const command = path.join(__dirname, "../../../src/cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "runner", "config"], {
    cwd: path.join(folder, "sandboxes"),
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

test("the config.toml of the declared runners", () => {
  const { status, stdout, stderr } = printConfig([{ name: "small", tags: ["docker"], limit: 2 }]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(parse(stdout)).toMatchObject({ concurrent: 2, runners: [{ name: "small", limit: 2 }] });
});

test("runners that run every image privileged get a warning and are written", () => {
  const { status, stdout, stderr } = printConfig([{ name: "wide", tags: ["x"], privilegedServices: ["*"] }]);
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /^warning sandboxes\/runners\.ts: wide\.privilegedServices: "\*" runs any image privileged/,
  );
  expect(stdout).toContain('allowed_privileged_services = [ "*" ]');
});

test("runners that GitLab would not take are refused", () => {
  expect(printConfig([{ name: "small", tags: ["a,b"] }])).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringContaining('error sandboxes/runners.ts: small.tags: "a,b" is not a legal tag'),
  });
});
