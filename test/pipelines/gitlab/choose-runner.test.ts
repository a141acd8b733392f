import { expect, test } from "@jest/globals";
import { chooseRunner } from "../../../pipelines/gitlab/choose-runner.ts";
import type { Runner } from "../../../sandboxes/model/runner.ts";

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const PRIVILEGED: Runner = {
  name: "privileged",
  tags: ["dind"],
  privilegedServices: ["docker:*-dind"],
  sharedFolders: ["/certs/client"],
};
const NOTHING = { privilegedServices: [], sharedFolders: [] };

test("a job gets the first runner that will do", () => {
  expect(chooseRunner("a", NOTHING, [PLAIN, PRIVILEGED], undefined)).toBe(PLAIN);
  expect(
    chooseRunner("a", { ...NOTHING, privilegedServices: ["docker:29-dind"] }, [PLAIN, PRIVILEGED], undefined),
  ).toBe(PRIVILEGED);
  expect(
    chooseRunner("a", { ...NOTHING, sharedFolders: ["/certs/client"] }, [PLAIN, PRIVILEGED], undefined),
  ).toBe(PRIVILEGED);
});

test("a job may name its runner", () => {
  expect(chooseRunner("a", NOTHING, [PLAIN, PRIVILEGED], "privileged")).toBe(PRIVILEGED);
});

test("a job that needs privilege on a runner without it is told what is lacking", () => {
  expect(() =>
    chooseRunner(
      "box.jobs.tests.gitlab.runner",
      { privilegedServices: ["docker:29-dind"], sharedFolders: ["/certs/client"] },
      [PLAIN, PRIVILEGED],
      "plain",
    ),
  ).toThrow(
    'box.jobs.tests.gitlab.runner: no runner offers what the job needs: "plain" does not run docker:29-dind privileged and ' +
      "does not share /certs/client between a job and its services. Change the job, or the runner in sandboxes/runners.ts",
  );
});

test("every runner's lack is named when none will do", () => {
  expect(() =>
    chooseRunner("a", { ...NOTHING, privilegedServices: ["evil:latest"] }, [PLAIN, PRIVILEGED], undefined),
  ).toThrow('"plain" does not run evil:latest privileged; "privileged" does not run evil:latest privileged');
});

test("an unknown runner, and none at all, are errors", () => {
  expect(() => chooseRunner("a", NOTHING, [PLAIN], "big")).toThrow(
    'a: no runner "big" is declared; there is "plain"',
  );
  expect(() => chooseRunner("a", NOTHING, [], undefined)).toThrow("a: no runner is declared");
});

test("a runner of protected branches takes no jobs of any branch", () => {
  const protectedOne: Runner = { ...PLAIN, name: "protected", protectedOnly: true };
  const needs = { ...NOTHING, anyBranch: true };
  expect(chooseRunner("a", needs, [protectedOne, PLAIN], undefined)).toBe(PLAIN);
  expect(chooseRunner("a", NOTHING, [protectedOne, PLAIN], undefined)).toBe(protectedOne);
  expect(() => chooseRunner("a", needs, [protectedOne], undefined)).toThrow(
    '"protected" takes jobs of protected branches alone',
  );
});
