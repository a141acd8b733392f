import { expect, test } from "@jest/globals";
import { createColors } from "picocolors";
import { table } from "../../../src/cli/tables/table.ts";

test("columns are aligned, two spaces apart, without spaces at the end", () => {
  const rows = [
    ["cache", "ready", ""],
    ["a-long-name", "up", "x"],
  ];
  expect(table(rows)).toBe("cache        ready\na-long-name  up     x");
});

test("colours have no width", () => {
  const { green, bold } = createColors(true);
  const plain = table([
    ["a", "b"],
    ["long", "c"],
  ]);
  const coloured = table([
    [green("a"), "b"],
    [bold(green("long")), "c"],
  ]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  expect(coloured).not.toBe(plain);
});

test("rows may be indented, and of different lengths", () => {
  expect(table([["a"], ["b", "c"]], "  ")).toBe("  a\n  b  c");
});

test("no rows give no lines", () => {
  expect(table([])).toBe("");
});
