import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  ciJobVariables,
  isReservedVariable,
  serviceVariables,
  variableProblem,
} from "../../../src/gitlab/jobs/variables.ts";
import { secret, text } from "../../../src/model/text.ts";
import { expandAsRunner } from "./expansion.ts";

test("plain values stay unchanged", () => {
  expect(ciJobVariables({ A: "x", B: "" })).toEqual({ A: "x", B: "" });
});

test.each(["$HOME", "a$", "$$", "100 %", "%PATH%", "${x}"])("a job gets %j unexpanded", (value) => {
  expect(ciJobVariables({ A: value })).toEqual({ A: { value, expand: false } });
});

test("a secret refers to its masked variable, alone or within a text", () => {
  const env = { A: secret("redis-password"), B: text`redis://:${secret("redis-password")}@h/$1` };
  const expected = {
    A: "${NESTBOX_SECRET_REDIS_PASSWORD}",
    B: "redis://:${NESTBOX_SECRET_REDIS_PASSWORD}@h/$$1",
  };
  expect(ciJobVariables(env)).toEqual(expected);
  expect(serviceVariables(env)).toEqual(expected);
});

test("the runner expands the variables of a service to any declared value", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."$${}aA_1* \n%") }), (value) => {
      expect(expandAsRunner(serviceVariables({ A: value }).A ?? "", { A: "wrong", a: "wrong" })).toBe(value);
    }),
  );
});

test("a job gets the declared value beside a secret, which GitLab and then the runner expand", () => {
  const secrets = { NESTBOX_SECRET_S: "%aA% once" };
  // lib/expand_variables.rb of GitLab, where a variable without a value stays.
  const expandAsGitLab = (value: string, variables: Readonly<Record<string, string>>) =>
    value.replace(/\$\$|%%|\$(\w+)|\$\{(\w+)\}|%(\w+)%/g, (match, plain, braced, percent) => {
      return variables[plain ?? braced ?? percent ?? ""] ?? match;
    });
  const characters = fc.string({ unit: fc.constantFrom(..."$${}aA_1* \n%%") });
  fc.assert(
    fc.property(characters, characters, (before, after) => {
      const variable = ciJobVariables({ V: text`${before}${secret("s")}${after}` }).V;
      const known = { a: "wrong", A: "wrong", aA: "wrong", _: "wrong" };
      const byGitLab = expandAsGitLab(String(variable), known);
      expect(expandAsRunner(byGitLab, { ...known, ...secrets })).toBe(`${before}%aA% once${after}`);
    }),
  );
  expect(ciJobVariables({ V: text`%PATH%${secret("s")}` })).toEqual({
    V: "%${NESTBOX_NOTHING}PATH%${NESTBOX_SECRET_S}",
  });
});

test("a variable named like a secret is an error", () => {
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
])("%s is reserved by GitLab: %s", (name, reserved) => {
  expect(isReservedVariable(name)).toBe(reserved);
});
