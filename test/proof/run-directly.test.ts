import { expect, test } from "@jest/globals";
import { lineStream } from "../../src/proof/run-directly.ts";

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

test("a character may come in two parts", () => {
  const lines: string[] = [];
  const stream = lineStream((line) => lines.push(line));
  const bytes = Buffer.from("Größe\n");
  stream.write(bytes.subarray(0, 3));
  stream.write(bytes.subarray(3));
  expect(lines).toEqual(["Größe"]);
});

test("a broken character at the end is shown as one", () => {
  const lines: string[] = [];
  lineStream((line) => lines.push(line)).end(Buffer.from("Grö").subarray(0, 3));
  expect(lines).toEqual(["Gr\ufffd"]);
});
