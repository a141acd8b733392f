import { expect, test } from "@jest/globals";
import {
  columnName,
  errorIn,
  firstChallenge,
  isEnd,
  nativeAnswer,
  nextChallenge,
  packetOf,
  readPacket,
  textsIn,
} from "../../../src/fork/mariadb/mariadb-protocol.ts";

const bytes = (...parts: readonly (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));

test("a packet is read once it is complete", () => {
  const packet = packetOf(3, Buffer.from("hello"));
  expect(readPacket(packet.subarray(0, 8), 0)).toBeUndefined();
  expect(readPacket(packet.subarray(0, 3), 0)).toBeUndefined();
  const two = Buffer.concat([packet, packet]);
  expect(readPacket(two, 9)).toEqual({ sequence: 3, payload: Buffer.from("hello"), end: 18 });
});

test("texts of a row have lengths of one, three, four and nine bytes", () => {
  const long = "x".repeat(300);
  const longer = "y".repeat(70_000);
  const row = bytes(2, "hi", 0xfb, 0, 0xfc, 0x2c, 0x01, long, 0xfd, 0x70, 0x11, 0x01, longer);
  expect(textsIn(row)).toEqual(["hi", null, "", long, longer]);
  expect(textsIn(bytes(0xfe, 2, 0, 0, 0, 0, 0, 0, 0, "hi"))).toEqual(["hi"]);
});

test("the name of a column is its fifth text", () => {
  const numbers = Buffer.from([0x0c, 45, 0, 40, 0, 0, 0, 253, 0, 0, 0, 0, 0]);
  expect(columnName(Buffer.concat([bytes(3, "def", 0, 0, 0, 4, "user", 0), numbers]))).toBe("user");
});

test("errors and ends of lists are told from rows", () => {
  expect(errorIn(bytes(0xff, 0x14, 0x04, "#42000", "Access denied"))).toEqual({
    code: 1044,
    message: "Access denied",
  });
  expect(errorIn(bytes(2, "hi"))).toBeUndefined();
  expect(isEnd(bytes(0xfe, 0, 0, 2, 0))).toBe(true);
  expect(isEnd(bytes(0xfe, 2, 0, 0, 0, 0, 0, 0, 0, "hi"))).toBe(false);
});

test("a greeting has a method and a salt of twenty bytes, and so has a change of the method", () => {
  const salt = "abcdefgh12345678wxyz";
  const start = bytes(10, "11.8.9-MariaDB", 0, 1, 0, 0, 0, salt.slice(0, 8), 0);
  const greeting = Buffer.concat([
    start,
    Buffer.alloc(18),
    bytes(salt.slice(8), 0, "mysql_native_password", 0),
  ]);
  expect(firstChallenge(greeting)).toEqual({ method: "mysql_native_password", salt: Buffer.from(salt) });
  expect(nextChallenge(bytes(0xfe, "mysql_native_password", 0, salt, 0))).toEqual({
    method: "mysql_native_password",
    salt: Buffer.from(salt),
  });
  expect(nextChallenge(bytes(0, 0, 0))).toBeUndefined();
});

test("a password is scrambled as the server does it", () => {
  const salt = Buffer.from("abcdefgh12345678wxyz");
  expect(nativeAnswer("", salt)).toHaveLength(0);
  expect(nativeAnswer("pass", salt).toString("hex")).toBe("b5b0a48c2ac79116c6533217b4c517a89bf9f158");
});
