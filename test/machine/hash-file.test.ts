import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { hashFile } from "../../src/machine/hash-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hash-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([0, 5, 3_000_000])("a file of %i bytes is hashed as its content", async (bytes) => {
  const content = Buffer.alloc(bytes, "abc");
  writeFileSync(path.join(folder, "file"), content);
  const hash = createHash("sha256").update("before");
  await hashFile(hash, path.join(folder, "file"));
  expect(hash.digest("hex")).toBe(createHash("sha256").update("before").update(content).digest("hex"));
});
