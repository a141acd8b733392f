import { expect, test } from "@jest/globals";
import { linesOf } from "../../src/machine/lines.ts";

async function* partsOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesIn(text: string | Uint8Array, size: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(partsOf(Buffer.from(text), size))) lines.push(line);
  return lines;
}

test.each([1, 2, 3, 100])("the lines of a text in parts of %d bytes", async (size) => {
  expect(await linesIn("größer\n\n√2\r\nlast", size)).toEqual(["größer", "", "√2", "last"]);
  expect(await linesIn("one\n", size)).toEqual(["one"]);
  expect(await linesIn("", size)).toEqual([]);
});

test("a broken character at the end is shown as one", async () => {
  expect(await linesIn(Buffer.from("Grö").subarray(0, 3), 1)).toEqual(["Gr\ufffd"]);
});
