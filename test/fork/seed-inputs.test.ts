import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { seedHash } from "../../src/fork/seed-inputs.ts";
import type { SeedStep } from "../../src/model/seed.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-seed-"));
  mkdirSync(path.join(folder, "migrations"));
  writeFileSync(path.join(folder, "migrations", "1.sql"), "CREATE TABLE a ()");
});
afterEach(() => rmSync(folder, { recursive: true }));

const hashOf = (image: string, ...seed: readonly SeedStep[]) =>
  seedHash({ key: "database", image, seed }, [], folder);

test.each<SeedStep>([{ files: ["migrations"] }, { command: ["migrate"], inputs: ["migrations"] }])(
  "the hash of %j changes with the content and the names of files, the steps and the image",
  async (step) => {
    const first = await hashOf("postgres:17", step);
    expect(first).toMatch(/^[a-z0-9]{12}$/);
    expect(await hashOf("postgres:17", step)).toBe(first);
    const others = [
      await hashOf("postgres:16", step),
      await hashOf("postgres:17", step, { command: ["fill"] }),
    ];
    writeFileSync(path.join(folder, "migrations", "1.sql"), "CREATE TABLE b ()");
    others.push(await hashOf("postgres:17", step));
    writeFileSync(path.join(folder, "migrations", "2.sql"), "");
    others.push(await hashOf("postgres:17", step));
    expect(new Set([first, ...others]).size).toBe(5);
  },
);

test("a file that is missing is named with the remedy", async () => {
  await expect(hashOf("postgres:17", { files: ["schema.sql"] })).rejects.toThrow(
    `${path.join(folder, "schema.sql")}: no such file; create it, or remove it from the files of "database"`,
  );
});
