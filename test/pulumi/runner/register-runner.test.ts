import { expect, test } from "@jest/globals";
import { registration } from "../../../src/pulumi/runner/register-runner.ts";

const PLAIN = { name: "plain", tags: ["docker"] };
const DIND = { name: "dind", tags: ["dind"], privilegedServices: ["docker:*-dind"] };

test("properties with a default are sent each time, so that GitLab does not keep earlier values", () => {
  expect(registration(PLAIN, { project: 7 }, undefined)).toEqual({
    runnerType: "project_type",
    projectId: 7,
    description: "plain",
    tagLists: ["docker"],
    untagged: false,
    locked: false,
    accessLevel: "not_protected",
  });
});

test("a privileged project runner is locked by default", () => {
  expect(registration(DIND, { project: 7 }, undefined)).toMatchObject({ locked: true });
  expect(registration({ ...DIND, locked: false }, { project: 7 }, undefined)).toMatchObject({
    locked: false,
  });
  expect(registration({ ...PLAIN, locked: true }, { project: 7 }, undefined)).toMatchObject({ locked: true });
});

test("only a project runner can be locked", () => {
  expect(registration(DIND, { group: 3 }, undefined)).not.toHaveProperty("locked");
  expect(registration(DIND, "instance", undefined)).not.toHaveProperty("locked");
});
