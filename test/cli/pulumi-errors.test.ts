import { expect, test } from "@jest/globals";
import { plainErrors } from "../../cli/pulumi-errors.ts";

test("errors are told in their own words, each once", () => {
  const messages = [
    "Running program '/home/me/infra/index.ts' failed with an unhandled exception:\nno sandbox \"snail\"\n",
    "1 error occurred:\n\t* container cache-1a2b3c4: not healthy within 1 s; its last lines:\n  one\n  two\n\n",
    'no sandbox "snail"',
    "update failed",
  ];
  expect(plainErrors(messages)).toEqual([
    'no sandbox "snail"',
    "container cache-1a2b3c4: not healthy within 1 s; its last lines:\n  one\n  two",
  ]);
});

test("that the operation failed is said when nothing else is", () => {
  expect(plainErrors(["update failed"])).toEqual(["update failed"]);
  expect(plainErrors([])).toEqual([]);
});
