// Checks both packages as they are published, with publint and Are the Types Wrong. Prints problems alone.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTarballs } from "./tarball.ts";

const CHECKS = [
  ["publint", "--strict"],
  // Entries for Pulumi programs have no CommonJS.
  ["attw", "--profile", "node16", "--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii"],
] as const;

const folder = mkdtempSync(join(tmpdir(), "nestbox-check-"));
try {
  for (const { file } of await writeTarballs(folder)) for (const check of CHECKS) run(check, file);
} finally {
  rmSync(folder, { recursive: true });
}

function run([command, ...options]: readonly [string, ...(readonly string[])], file: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, [file, ...options], { encoding: "utf8" });
  if (status === 0) return;
  process.stderr.write(error === undefined ? `${stdout}${stderr}` : `${error.message}\n`);
  process.exitCode = 1;
}
