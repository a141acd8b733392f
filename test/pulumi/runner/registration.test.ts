import { expect, test } from "@jest/globals";
import { registration } from "../../../src/pulumi/runner/registration.ts";

const PLAIN = { name: "plain", tags: ["docker"] };
const DIND = { name: "dind", tags: ["dind"], privilegedServices: ["docker:*-dind"] };

test("what GitLab would keep of an earlier declaration is said each time", () => {
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

test("a privileged runner of a project is locked to it, unless it is declared otherwise", () => {
  expect(registration(DIND, { project: 7 }, undefined)).toMatchObject({ locked: true });
  expect(registration({ ...DIND, locked: false }, { project: 7 }, undefined)).toMatchObject({
    locked: false,
  });
  expect(registration({ ...PLAIN, locked: true }, { project: 7 }, undefined)).toMatchObject({ locked: true });
});

test("only a project's runner can be locked", () => {
  expect(registration(DIND, { group: 3 }, undefined)).not.toHaveProperty("locked");
  expect(registration(DIND, "instance", undefined)).not.toHaveProperty("locked");
});
