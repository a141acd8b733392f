import { expect, test } from "@jest/globals";
import { log } from "../../src/model/probe.ts";

test.each([
  [/ready to accept/, "LOG: ready to accept connections", true],
  [/ready to accept/, "LOG: READY TO ACCEPT", false],
  [/ready to accept/i, "LOG: READY TO ACCEPT", true],
  [/a|b/i, "B", true],
  ["^done$", "done", true],
])("%p matches %j: %s", (pattern, line, found) => {
  const probe = log(pattern);
  expect(new RegExp(probe.pattern, probe.ignoreCase ? "i" : "").test(line)).toBe(found);
});

test.each([/a/u, /a/v, /a/y])("the flag of %p is refused", (pattern) => {
  expect(() => log(pattern)).toThrow(`log(${pattern}): the flag "${pattern.flags}" is not supported`);
});
