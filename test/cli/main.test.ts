import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const MAIN = join(__dirname, "../../src/cli/main.mjs");

test("a Node that does not run TypeScript is refused, with what to do", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--no-experimental-strip-types", MAIN, "ls"], {
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error Node v\S+ does not run TypeScript as it is; .* npx nestbox takes it\n$/);
});
