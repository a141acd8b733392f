import { expect, test } from "@jest/globals";
import { predefinedVariables } from "../../../src/model/plan/predefined-variables.ts";

test("variables in commands are required, each once", () => {
  const job = {
    before: ['login "$CI_REGISTRY_USER" "$CI_REGISTRY"'],
    script: ['push "$CI_REGISTRY/a:${CI_COMMIT_SHA}" as $GITLAB_USER_LOGIN'],
    cleanup: ["logout $CI_REGISTRY"],
  };
  expect(predefinedVariables(job)).toEqual({
    required: ["CI_COMMIT_SHA", "CI_REGISTRY", "CI_REGISTRY_USER", "GITLAB_USER_LOGIN"],
    optional: [],
    projectFolder: false,
  });
});

test.each([":-", "-", ":=", "=", ":+", "+"])("a variable with ${NAME%s…} is optional", (sign) => {
  const { required, optional } = predefinedVariables({ script: [`echo \${CI_COMMIT_TAG${sign}none}`] });
  expect({ required, optional }).toEqual({ required: [], optional: ["CI_COMMIT_TAG"] });
});

test("a variable that is optional in only some places is required", () => {
  const script = ["echo ${CI_COMMIT_TAG:-none}", "echo ${CI_COMMIT_TAG:?}"];
  expect(predefinedVariables({ script })).toMatchObject({ required: ["CI_COMMIT_TAG"], optional: [] });
});

test("CI_JOB_STATUS is never required", () => {
  const job = { script: ["true"], cleanup: ['test "$CI_JOB_STATUS" = success'] };
  expect(predefinedVariables(job)).toMatchObject({ required: [], optional: ["CI_JOB_STATUS"] });
});

test("jobs that name the checkout folder, or write variables, need it", () => {
  expect(predefinedVariables({ script: ['ls "$CI_PROJECT_DIR"'] })).toEqual({
    required: [],
    optional: [],
    projectFolder: true,
  });
  expect(predefinedVariables({ script: ["true"], variablesFile: "a.env" }).projectFolder).toBe(true);
});

test("variables without a prefix of GitLab are not predefined", () => {
  expect(
    predefinedVariables({ script: ["echo $HOME $CIRCLE_CI $MY_CI_JOB ci_job $(CI_JOB)"] }),
  ).toMatchObject({
    required: [],
    optional: [],
  });
});
