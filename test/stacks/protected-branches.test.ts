import { expect, test } from "@jest/globals";
import { isProtectedBranch } from "../../src/stacks/protected-branches.ts";

test.each([
  ["main", ["main"], true],
  ["main", ["release/*", "main"], true],
  ["main2", ["main"], false],
  ["Main", ["main"], false],
  ["release/1.2/rc", ["release/*"], true],
  ["release/", ["release/*"], true],
  ["releases", ["release/*"], false],
  ["eu/staging", ["*/staging"], true],
  ["eu/staging2", ["*/staging"], false],
  ["a/b/c", ["a*b*c"], true],
  ["a/c/b", ["a*b*c"], false],
  ["aba", ["ab*ba"], false],
  ["main.x", ["main.*"], true],
  ["mainyx", ["main.*"], false],
  ["anything", ["*"], true],
  ["main", [], false],
])("%s under %j: %s", (branch, patterns, expected) => {
  expect(isProtectedBranch(branch, patterns)).toBe(expected);
});
