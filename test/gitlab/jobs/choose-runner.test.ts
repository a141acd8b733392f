import { expect, test } from "@jest/globals";
import { chooseRunner, type RunnerNeeds } from "../../../src/gitlab/jobs/choose-runner.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

const choose = (path: string, needs: RunnerNeeds, runners: readonly Runner[], name: string | undefined) =>
  chooseRunner(path, () => needs, runners, name);

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const PRIVILEGED: Runner = {
  name: "privileged",
  tags: ["dind"],
  privilegedServices: ["docker:*-dind"],
  sharedFolders: ["/certs/client"],
};
const NOTHING = { privilegedServices: [], sharedFolders: [] };

test("a job gets the first suitable runner", () => {
  expect(choose("a", NOTHING, [PLAIN, PRIVILEGED], undefined)).toBe(PLAIN);
  expect(
    choose("a", { ...NOTHING, privilegedServices: ["docker:29-dind"] }, [PLAIN, PRIVILEGED], undefined),
  ).toBe(PRIVILEGED);
  expect(choose("a", { ...NOTHING, sharedFolders: ["/certs/client"] }, [PLAIN, PRIVILEGED], undefined)).toBe(
    PRIVILEGED,
  );
});

test("a job may name its runner", () => {
  expect(choose("a", NOTHING, [PLAIN, PRIVILEGED], "privileged")).toBe(PRIVILEGED);
});

test("the error names the unmet needs of the named runner", () => {
  expect(() =>
    choose(
      "box.jobs.tests.gitlab.runner",
      { privilegedServices: ["docker:29-dind"], sharedFolders: ["/certs/client"] },
      [PLAIN, PRIVILEGED],
      "plain",
    ),
  ).toThrow(
    "box.jobs.tests.gitlab.runner: no runner meets the job's needs (" +
      '"plain" does not run docker:29-dind privileged and ' +
      "does not share /certs/client between a job and its services); " +
      "change the job or a declared runner",
  );
});

test("the error names the unmet needs of every runner if none is suitable", () => {
  expect(() =>
    choose("a", { ...NOTHING, privilegedServices: ["evil:latest"] }, [PLAIN, PRIVILEGED], undefined),
  ).toThrow(
    '("plain" does not run evil:latest privileged, "privileged" does not run evil:latest privileged)',
  );
});

test("without declared runners, a job goes to any runner, whatever it needs", () => {
  const needs = { ...NOTHING, privilegedServices: ["docker:dind"] };
  expect(choose("a", needs, [], undefined)).toMatchObject({ tags: [], runUntagged: true });
});

test("an unknown runner is an error", () => {
  expect(() => choose("a", NOTHING, [PLAIN], "big")).toThrow('a: no runner "big" is declared; use "plain"');
  expect(() => choose("a", NOTHING, [], "big")).toThrow(
    'a: no runner "big" is declared; declare it, or leave out the name',
  );
});

test("a runner for protected branches is unsuitable for jobs of every branch", () => {
  const protectedOne: Runner = { ...PLAIN, name: "protected", protectedOnly: true };
  const needs = { ...NOTHING, anyBranch: true };
  expect(choose("a", needs, [protectedOne, PLAIN], undefined)).toBe(PLAIN);
  expect(choose("a", NOTHING, [protectedOne, PLAIN], undefined)).toBe(protectedOne);
  expect(() => choose("a", needs, [protectedOne], undefined)).toThrow(
    '"protected" runs only jobs of protected branches',
  );
});

const BOTH: Runner = { ...PRIVILEGED, tags: ["docker", "dind"] };
const DAEMON = { privilegedServices: ["docker:29-dind"], sharedFolders: ["/certs/client"] };

test("all runners with the job's tags must be suitable", () => {
  const same: Runner = { ...PRIVILEGED, tags: ["docker"] };
  expect(() => choose("box.jobs.tests.gitlab.runner", DAEMON, [PLAIN, same], undefined)).toThrow(
    'box.jobs.tests.gitlab.runner: "privileged" meets the job\'s needs, ' +
      "but GitLab may give a job with the tags docker to other runners " +
      '("plain" does not run docker:29-dind privileged and ' +
      "does not share /certs/client between a job and its services); " +
      'give "privileged" its own tag',
  );
  expect(() => choose("a", DAEMON, [PLAIN, same], "privileged")).toThrow("to other runners");
  expect(choose("a", DAEMON, [PLAIN, BOTH], undefined)).toBe(BOTH);
  expect(choose("a", NOTHING, [PLAIN, BOTH], undefined)).toBe(PLAIN);
});

test("a later runner is chosen if only suitable runners have its tags", () => {
  const same: Runner = { ...PRIVILEGED, name: "same", tags: ["docker"] };
  expect(choose("a", DAEMON, [PLAIN, same, PRIVILEGED], undefined)).toBe(PRIVILEGED);
});

test("a job without tags may go to every runner for untagged jobs", () => {
  const untagged: Runner = { ...PRIVILEGED, tags: [], runUntagged: true };
  expect(choose("a", DAEMON, [PLAIN, untagged], undefined)).toBe(untagged);
  expect(() => choose("a", DAEMON, [{ ...PLAIN, runUntagged: true }, untagged], undefined)).toThrow(
    "GitLab may give a job without tags to other runners",
  );
});

test("an unsuitable runner for protected branches with the same tags is allowed", () => {
  const protectedOne: Runner = { ...PLAIN, name: "protected", protectedOnly: true };
  expect(choose("a", { ...NOTHING, anyBranch: true }, [PLAIN, protectedOne], undefined)).toBe(PLAIN);
});

test("a job with user namespaces gets a runner that allows them", () => {
  const needs = { ...NOTHING, userNamespaces: true };
  const builds: Runner = { name: "builds", tags: ["builds"], userNamespaces: true };
  expect(choose("a", needs, [PLAIN, PRIVILEGED, builds], undefined)).toBe(builds);
  expect(choose("a", NOTHING, [PLAIN, builds], undefined)).toBe(PLAIN);
  expect(() => choose("a", needs, [PLAIN, PRIVILEGED], undefined)).toThrow(
    '("plain" does not allow user namespaces, "privileged" does not allow user namespaces)',
  );
  expect(() => choose("a", needs, [PLAIN, { ...builds, tags: ["docker"] }], undefined)).toThrow(
    '"builds" meets the job\'s needs, but GitLab may give a job with the tags docker to other runners ' +
      '("plain" does not allow user namespaces)',
  );
});
