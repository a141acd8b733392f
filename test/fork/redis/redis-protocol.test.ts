import { expect, test } from "@jest/globals";
import { commandText, readAnswer } from "../../../src/fork/redis/redis-protocol.ts";

test("a command has the length of each word in bytes", () => {
  expect(commandText(["SET", "größe", 1])).toBe("*3\r\n$3\r\nSET\r\n$7\r\ngröße\r\n$1\r\n1\r\n");
});

test.each([
  ["+OK\r\n", "OK"],
  [":42\r\n", 42],
  ["$5\r\ngr\u00f6\u00df\r\n".replace("$5", "$6"), "größ"],
  ["$-1\r\n", null],
  ["*-1\r\n", null],
  ["*2\r\n$1\r\na\r\n*1\r\n:1\r\n", ["a", [1]]],
  ["-NOAUTH Authentication required.\r\n", { error: "NOAUTH Authentication required." }],
])("%j is read once it is complete", (text, answer) => {
  const data = Buffer.from(`${text}+next\r\n`);
  const end = Buffer.byteLength(text);
  expect(readAnswer(data, 0)).toEqual({ answer, end });
  for (let length = 0; length < end; length += 1)
    expect(readAnswer(data.subarray(0, length), 0)).toBeUndefined();
});
