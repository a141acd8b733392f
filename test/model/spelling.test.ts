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
])("%s was meant to be %s", (written, meant) => {
  expect(nearestWord(written, KNOWN)).toBe(meant);
});

test("nothing is meant where nothing is known", () => {
  expect(nearestWord("image", [])).toBeUndefined();
});
