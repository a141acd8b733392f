import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { unifiedDiff } from "../../src/emission/unified-diff.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-diff-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("equal texts have an empty diff", async () => {
  expect(await unifiedDiff("a", "b", "same\n", "same\n")).toBe("");
});

test("a changed line has lines of context", async () => {
  expect(await unifiedDiff("old", "new", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\n")).toBe(
    ["--- old", "+++ new", "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+V", " 6", " 7", " 8"].join("\n"),
  );
});

test("git applies the diff of two texts to the first and gets the second", async () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "", "d e"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(lines, lines, async (old, now) => {
      const [oldText, newText] = [old, now].map((one) => one.map((line) => `${line}\n`).join("")) as [
        string,
        string,
      ];
      fc.pre(oldText !== newText && oldText !== "" && newText !== "");
      writeFileSync(path.join(folder, "file"), oldText);
      writeFileSync(
        path.join(folder, "patch"),
        `${await unifiedDiff("a/file", "b/file", oldText, newText)}\n`,
      );
      execFileSync("git", ["apply", "--whitespace=nowarn", "patch"], { cwd: folder });
      expect(readFileSync(path.join(folder, "file"), "utf8")).toBe(newText);
    }),
    { numRuns: 60 },
  );
});

test("the diff is the shortest one", async () => {
  const diff = await unifiedDiff("a", "b", "x\ny\nz\nx\n", "y\nz\nx\nw\n");
  expect(diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line))).toEqual(["-x", "+w"]);
});
