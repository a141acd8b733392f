import { expect, test } from "@jest/globals";
import { requireValid, sandboxProblems } from "../../../src/model/declaration/invalid-sandbox.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { requireSandbox } from "../../../src/model/declaration/sandbox-origin.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { DeclarationError } from "../../../src/model/problem.ts";

const shop = sandbox("shop", { services: {} });
const broken = sandbox("broken", {
  services: { cache: { image: "redis 7" } },
  jobs: { tests: { image: "alpine", script: [] } },
});
const misspelt = sandbox("misspelt", { services: {}, jbos: {} } as unknown as { services: object });

const BROKEN = [
  expect.stringContaining("broken.services.cache.image: "),
  expect.stringContaining("broken.jobs.tests.script: "),
];
const MISSPELT = 'misspelt.jbos: is not a property of a sandbox; did you mean "jobs"?';

/** The lines of the error that some work throws. */
function refusal(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(DeclarationError);
    return (error as DeclarationError).message.split("\n");
  }
  return [];
}

test("an invalid sandbox has its name, and throws all its problems wherever it is read", () => {
  expect(broken.name).toBe("broken");
  expect(refusal(() => plan(broken))).toEqual(BROKEN);
  expect(refusal(() => broken.services.cache)).toEqual(BROKEN);
  expect(refusal(() => broken.perBranch)).toEqual(BROKEN);
  expect(refusal(() => ({ ...broken }))).toEqual(BROKEN);
  expect(refusal(() => JSON.stringify(broken))).toEqual(BROKEN);
  expect(refusal(() => plan(misspelt))).toEqual([MISSPELT]);
});

test("the error has the line of the declaration", () => {
  const [, ...frames] = refusal(() => plan(broken));
  expect(frames).toHaveLength(1);
  try {
    plan(broken);
  } catch (error) {
    expect((error as Error).stack).toContain("invalid-sandbox.test.ts:9:");
  }
});

test("an invalid sandbox is one of the list, of this copy of the package", () => {
  requireSandbox(broken, "number 1");
  const other = Object.defineProperties(
    { name: "other" },
    {
      [Symbol.for("nestbox.origin")]: { value: "/other/nestbox/" },
      [Symbol.for("nestbox.problems")]: { value: sandboxProblems(broken) },
    },
  );
  expect(() => requireSandbox(other, "number 1")).toThrow('number 1 is the sandbox "other" of another copy');
});

test("the problems of several sandboxes are one error", () => {
  expect(sandboxProblems(shop)).toEqual([]);
  expect(refusal(() => requireValid([shop]))).toEqual([]);
  expect(refusal(() => requireValid([broken, shop, misspelt]))).toEqual([...BROKEN, MISSPELT]);
});
