import { expect, test } from "@jest/globals";
import { commandRefused } from "../../src/sandbox/command-refused.ts";

test.each([
  ['exec: "nope": executable file not found in $PATH', 127],
  ["fork/exec /nope: no such file or directory", 127],
  ['exec: "/etc/passwd": permission denied', 126],
])("%s ends with %i", (reason, exitCode) => {
  const { message, exitCode: actual } = commandRefused("shop.services.api", ["nope", "-x"], reason);
  expect(message).toBe(
    `shop.services.api: its image cannot run "nope" (${reason}); name a program that the image has`,
  );
  expect(actual).toBe(exitCode);
});
