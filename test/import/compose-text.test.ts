import { expect, test } from "@jest/globals";
import { textPartsOf, withoutEnvironment } from "../../src/import/compose-text.ts";

test.each<[string, unknown]>([
  ["plain", ["plain"]],
  ["a$$b", ["a$b"]],
  ["$TAG", [{ name: "TAG", operand: [] }]],
  ["redis:${TAG}", ["redis:", { name: "TAG", operand: [] }]],
  ["${TAG:-7}", [{ name: "TAG", operator: ":-", operand: ["7"] }]],
  [
    "${A:-${B-c}d}",
    [{ name: "A", operator: ":-", operand: [{ name: "B", operator: "-", operand: ["c"] }, "d"] }],
  ],
  ["${A:?is missing}", [{ name: "A", operator: ":?", operand: ["is missing"] }]],
  // Compose leaves a dollar sign before anything else alone.
  ["$(date) $1 100$", ["$(date) $1 100$"]],
])("%s", (text, parts) => {
  expect(textPartsOf(text)).toEqual(parts);
});

test.each(["${", "${}", "${A", "${A b}", "${1}"])("rejects %s, as Compose does", (text) => {
  expect(() => textPartsOf(text)).toThrow(/has (?:"\$\{"|a variable that)/);
});

test("an unset variable is its default, or empty", () => {
  expect(withoutEnvironment(textPartsOf("${A:-x}-${B}-${C:+y}-${D-z}"))).toBe("x---z");
});
