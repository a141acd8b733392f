import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const MAIN = join(__dirname, "../../src/cli/main.mjs");

test("a Node that cannot run TypeScript is refused with the remedy", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--no-experimental-strip-types", MAIN, "ls"], {
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^error Node v\S+: cannot run TypeScript; use Node 22.18 or newer: .+ for npx nestbox\n$/,
  );
});
