import { expect, test } from "@jest/globals";
import { eventually } from "./eventually.ts";

test("a check is repeated until it passes, and its value is returned", async () => {
  let checks = 0;
  const value = await eventually(
    () => {
      checks += 1;
      expect(checks).toBe(3);
      return "ready";
    },
    { within: "10s" },
  );
  expect({ value, checks }).toEqual({ value: "ready", checks: 3 });
});

test("a check that keeps failing ends with an error that shows the last failure", async () => {
  let checks = 0;
  const failing = eventually(() => Promise.reject(new Error(`failure ${++checks}`)), { within: "500ms" });
  const error = await failing.catch((reason: unknown) => reason);
  expect(checks).toBeGreaterThan(1);
  expect(error).toMatchObject({
    message: `not within 500ms; the last check failed: failure ${checks}`,
    cause: { message: `failure ${checks}` },
  });
});

test("a check that never returns ends with an error", async () => {
  const hanging = eventually(() => new Promise(() => undefined), { within: "50ms" });
  await expect(hanging).rejects.toThrow(
    "not within 50ms; the last check failed: the check has not returned yet",
  );
});

test("a check that passes at once passes within any time", async () => {
  expect(await eventually(() => 1, { within: "1ms" })).toBe(1);
});
