import { expect, test } from "@jest/globals";
import { withName } from "../../../airgap/docker-provider/auto-name.ts";

const seed = new Uint8Array([1, 2, 3]);
const made = (inputs: object, oldInputs: object = {}) =>
  withName({ logicalName: "cache", inputs: { ...inputs }, oldInputs: { ...oldInputs }, seed });

test("a name of the program's own stays", () => {
  expect(made({ name: "mine" })).toEqual({ name: "mine" });
});

test("a missing name is the logical name and seven hexadecimal digits, and marked as made up", () => {
  const inputs = made({ image: "x" });
  expect(inputs.name).toMatch(/^cache-[0-9a-f]{7}$/);
  expect(inputs.__defaults).toEqual(["name"]);
});

test("the same seed makes the same name, so that a preview and its update agree", () => {
  expect(made({})).toEqual(made({}));
  expect(
    withName({ logicalName: "cache", inputs: {}, oldInputs: {}, seed: new Uint8Array([9]) }),
  ).not.toEqual(made({}));
});

test("a made-up name stays with its resource", () => {
  expect(made({}, { name: "cache-1234567", __defaults: ["name"] }).name).toBe("cache-1234567");
});

test("a name that the program no longer says is not taken for a made-up one", () => {
  expect(made({}, { name: "mine" }).name).toMatch(/^cache-[0-9a-f]{7}$/);
});

test("a long logical name leaves room for the digits", () => {
  const inputs = withName({ logicalName: "x".repeat(400), inputs: {}, oldInputs: {}, seed });
  expect(String(inputs.name)).toHaveLength(255);
});
