import { expect, test } from "@jest/globals";
import { nearestWord } from "../../src/model/spelling.ts";

const KNOWN = ["command", "image", "ports", "alias"];

test.each([
  ["comand", "command"],
  ["commnads", undefined],
  ["imag", "image"],
  ["port", "ports"],
  ["Alias", "alias"],
  ["volumes", undefined],
])("the nearest word of %s is %s", (written, meant) => {
  expect(nearestWord(written, KNOWN)).toBe(meant);
});

test("without known words there is no nearest word", () => {
  expect(nearestWord("image", [])).toBeUndefined();
});
