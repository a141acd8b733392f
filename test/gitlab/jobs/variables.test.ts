import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  isReservedVariable,
  jobVariables,
  serviceVariables,
  variableProblem,
} from "../../../src/gitlab/jobs/variables.ts";
import { secret, text } from "../../../src/model/text.ts";
import { expandAsRunner } from "./expansion.ts";

test("plain values stand as they are", () => {
  expect(jobVariables({ A: "x", B: "" })).toEqual({ A: "x", B: "" });
});

test.each(["$HOME", "a$", "$$", "100 %", "%PATH%", "${x}"])("nobody expands %j in a job", (value) => {
  expect(jobVariables({ A: value })).toEqual({ A: { value, expand: false } });
});

test("a secret is the masked variable of its name, alone or within a text", () => {
  const env = { A: secret("redis-password"), B: text`redis://:${secret("redis-password")}@h/$1` };
  const expected = {
    A: "${NESTBOX_SECRET_REDIS_PASSWORD}",
    B: "redis://:${NESTBOX_SECRET_REDIS_PASSWORD}@h/$$1",
  };
  expect(jobVariables(env)).toEqual(expected);
  expect(serviceVariables(env)).toEqual(expected);
});

test("whatever a service's variable holds, the runner makes it of what is written", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."$${}aA_1* \n%") }), (value) => {
      expect(expandAsRunner(serviceVariables({ A: value }).A ?? "", { A: "wrong", a: "wrong" })).toBe(value);
    }),
  );
});

test("a variable in the place of a secret's value is an error", () => {
  expect(variableProblem("NESTBOX_SECRET_REDIS_PASSWORD")).toContain("masked variable");
  expect(variableProblem("REDIS_PASSWORD")).toBeUndefined();
});

test.each([
  ["CI", true],
  ["CI_JOB_ID", true],
  ["GITLAB_TOKEN", true],
  ["FF_NETWORK_PER_BUILD", true],
  ["GIT_STRATEGY", true],
  ["CIRCUS", false],
  ["GIT_AUTHOR_NAME", false],
  ["REDIS_HOST", false],
])("%s has a meaning of GitLab's own: %s", (name, reserved) => {
  expect(isReservedVariable(name)).toBe(reserved);
});
