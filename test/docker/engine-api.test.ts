import { expect, test } from "@jest/globals";
import { hasStartInterval, requireSupportedApi } from "../../src/docker/engine-api.ts";

const HOST = { host: "unix:///run/docker.sock", origin: "test", isChosen: true };

test.each([
  [{ "api-version": "1.44" }, true],
  [{ "api-version": "1.100" }, true],
  [{ "api-version": "1.43" }, false],
  [{ "api-version": "1.41" }, false],
  // Podman
  [{ "api-version": "1.44", "libpod-api-version": "5.8.0" }, false],
  // A proxy may drop the header.
  [{}, true],
])("%j: has a start interval: %j", (headers, expected) => {
  expect(hasStartInterval(headers)).toBe(expected);
});

test("an engine older than Docker 20.10 is refused by its API version", () => {
  expect(() => requireSupportedApi({ "api-version": "1.40" }, HOST)).toThrow(
    "the engine at unix:///run/docker.sock: has API 1.40; use Docker 20.10 or newer, which has API 1.41",
  );
  for (const headers of [{ "api-version": "1.41" }, { "api-version": "1.100" }, {}])
    expect(() => requireSupportedApi(headers, HOST)).not.toThrow();
});
