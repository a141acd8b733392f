import { expect, test } from "@jest/globals";
import { chooseRunner } from "../../../src/gitlab/jobs/choose-runner.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

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

const BOTH: Runner = { ...PRIVILEGED, tags: ["docker", "dind"] };
const DAEMON = { privilegedServices: ["docker:29-dind"], sharedFolders: ["/certs/client"] };

test("GitLab gives a job to any runner that has its tags: all of them must do", () => {
  const same: Runner = { ...PRIVILEGED, tags: ["docker"] };
  expect(() => chooseRunner("box.jobs.tests.gitlab.runner", DAEMON, [PLAIN, same], undefined)).toThrow(
    'box.jobs.tests.gitlab.runner: "privileged" offers what the job needs, but GitLab gives a job with the tags docker to others too: ' +
      '"plain" does not run docker:29-dind privileged and does not share /certs/client between a job and its services. ' +
      'Give "privileged" a tag in sandboxes/runners.ts that they do not have',
  );
  expect(() => chooseRunner("a", DAEMON, [PLAIN, same], "privileged")).toThrow("to others too");
  expect(chooseRunner("a", DAEMON, [PLAIN, BOTH], undefined)).toBe(BOTH);
  expect(chooseRunner("a", NOTHING, [PLAIN, BOTH], undefined)).toBe(PLAIN);
});

test("a later runner is taken when only its tags lead to runners that will do", () => {
  const same: Runner = { ...PRIVILEGED, name: "same", tags: ["docker"] };
  expect(chooseRunner("a", DAEMON, [PLAIN, same, PRIVILEGED], undefined)).toBe(PRIVILEGED);
});

test("a job without tags goes to those that take such jobs, whatever their own tags", () => {
  const untagged: Runner = { ...PRIVILEGED, tags: [], runUntagged: true };
  expect(chooseRunner("a", DAEMON, [PLAIN, untagged], undefined)).toBe(untagged);
  expect(() => chooseRunner("a", DAEMON, [{ ...PLAIN, runUntagged: true }, untagged], undefined)).toThrow(
    "GitLab gives a job without tags to others too",
  );
});

test("a runner of protected branches beside one of all is no trouble: it leaves the others' jobs alone", () => {
  const protectedOne: Runner = { ...PLAIN, name: "protected", protectedOnly: true };
  expect(chooseRunner("a", { ...NOTHING, anyBranch: true }, [PLAIN, protectedOne], undefined)).toBe(PLAIN);
});

test("a job that makes user namespaces gets a runner that lets it, and no other does", () => {
  const needs = { ...NOTHING, userNamespaces: true };
  const builds: Runner = { name: "builds", tags: ["builds"], userNamespaces: true };
  expect(chooseRunner("a", needs, [PLAIN, PRIVILEGED, builds], undefined)).toBe(builds);
  expect(chooseRunner("a", NOTHING, [PLAIN, builds], undefined)).toBe(PLAIN);
  expect(() => chooseRunner("a", needs, [PLAIN, PRIVILEGED], undefined)).toThrow(
    '"plain" lets no job make user namespaces; "privileged" lets no job make user namespaces',
  );
  expect(() => chooseRunner("a", needs, [PLAIN, { ...builds, tags: ["docker"] }], undefined)).toThrow(
    '"builds" offers what the job needs, but GitLab gives a job with the tags docker to others too: "plain" lets no job make user namespaces',
  );
});
