import { expect, test } from "@jest/globals";
import { lineStream } from "../../src/proof/line-stream.ts";

test("each line is given at once, the last one at the end", () => {
  const lines: string[] = [];
  const stream = lineStream((line) => lines.push(line));
  stream.write("one\ntw");
  expect(lines).toEqual(["one"]);
  stream.write("o\nthree");
  expect(lines).toEqual(["one", "two"]);
  stream.end();
  expect(lines).toEqual(["one", "two", "three"]);
});
