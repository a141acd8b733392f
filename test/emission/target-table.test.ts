import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { targetTable } from "../../src/emission/target-table.ts";

const DOCUMENT = path.join(__dirname, "../../docs/reference-losses.md");

test("the table in docs/reference-losses.md is up to date", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  const table = document
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");
  expect(table).toBe(targetTable());
});

test("each row has a cell for each target", () => {
  const widths = targetTable()
    .split("\n")
    .map((line) => line.split(" | ").length);
  expect(new Set(widths.filter((width) => width > 1))).toEqual(new Set([7]));
});
