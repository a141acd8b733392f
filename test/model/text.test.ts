import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { renderText, secret, secretsIn, type Text, text, textParts } from "../../src/model/text.ts";

const part = fc.oneof(
  fc.string(),
  fc.constantFrom("password", "token").map((name) => secret(name)),
);
const anyText: fc.Arbitrary<Text> = fc.oneof(part, fc.array(part));

test("joined texts render as their concatenated parts", () => {
  fc.assert(
    fc.property(anyText, anyText, fc.integer(), (one, other, number) => {
      const secretValue = (name: string) => `<${name}>`;
      const joined = text`a${one}b${other}c${number}`;
      const wanted = `a${renderText(one, secretValue)}b${renderText(other, secretValue)}c${number}`;
      expect(renderText(joined, secretValue)).toBe(wanted);
      expect(secretsIn(joined)).toEqual([...secretsIn(one), ...secretsIn(other)]);
    }),
  );
});

test("a text without secrets is a plain string", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(text`${one}:${other}`).toBe(`${one}:${other}`);
    }),
  );
  expect(text``).toBe("");
});

test("a text is plain data without empty or adjacent strings", () => {
  fc.assert(
    fc.property(anyText, anyText, (one, other) => {
      const joined = text`${one}${other}`;
      const parts = textParts(joined);
      if (joined !== "") expect(parts).not.toContain("");
      const kinds = parts.map((each) => typeof each);
      expect(kinds.some((kind, index) => kind === "string" && kinds[index + 1] === "string")).toBe(false);
      expect(JSON.parse(JSON.stringify(joined))).toEqual(joined);
    }),
  );
});

test("a secret has only a name", () => {
  expect(secret("password")).toEqual({ secret: "password" });
  expect(text`${secret("password")}`).toEqual({ secret: "password" });
  expect(text`redis://:${secret("password")}@cache`).toEqual(["redis://:", { secret: "password" }, "@cache"]);
});

test.each([undefined, null, true, {}])("%p in a text is refused with its position", (value) => {
  expect(() => text`redis://${value as unknown as string}`).toThrow(
    /^text`redis:\/\/\$\{…\}`: the value is .*; use a string or a secret$/,
  );
});
