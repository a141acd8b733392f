import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { targetTable } from "../../src/emission/target-table.ts";
import { TARGETS } from "../../src/targets/index.ts";

const DOCUMENT = path.join(__dirname, "../../docs/reference-losses.md");

test("the table in docs/reference-losses.md is up to date", async () => {
  const document = readFileSync(DOCUMENT, "utf8");
  const table = document
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");
  expect(table).toBe(await targetTable(TARGETS));
});

test("each row has a cell for each form of each target", async () => {
  const widths = (await targetTable(TARGETS)).split("\n").map((line) => line.split(" | ").length);
  expect(new Set(widths.filter((width) => width > 1))).toEqual(new Set([9]));
});
