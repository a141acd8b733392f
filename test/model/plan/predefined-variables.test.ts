import { expect, test } from "@jest/globals";
import { predefinedVariables } from "../../../src/model/plan/predefined-variables.ts";

test("what commands name is needed, each once, wherever it stands", () => {
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

test.each([":-", "-", ":=", "=", ":+", "+"])("what has ${NAME%s…} may be missing", (sign) => {
  const { required, optional } = predefinedVariables({ script: [`echo \${CI_COMMIT_TAG${sign}none}`] });
  expect({ required, optional }).toEqual({ required: [], optional: ["CI_COMMIT_TAG"] });
});

test("what may be missing in one place and not in another is needed", () => {
  const script = ["echo ${CI_COMMIT_TAG:-none}", "echo ${CI_COMMIT_TAG:?}"];
  expect(predefinedVariables({ script })).toMatchObject({ required: ["CI_COMMIT_TAG"], optional: [] });
});

test("a job's own status is nobody's to give", () => {
  const job = { script: ["true"], cleanup: ['test "$CI_JOB_STATUS" = success'] };
  expect(predefinedVariables(job)).toMatchObject({ required: [], optional: ["CI_JOB_STATUS"] });
});

test("the folder of the checkout is for jobs that name it, or write variables there", () => {
  expect(predefinedVariables({ script: ['ls "$CI_PROJECT_DIR"'] })).toEqual({
    required: [],
    optional: [],
    projectFolder: true,
  });
  expect(predefinedVariables({ script: ["true"], variablesFile: "a.env" }).projectFolder).toBe(true);
});

test("other variables are the job's own affair", () => {
  expect(
    predefinedVariables({ script: ["echo $HOME $CIRCLE_CI $MY_CI_JOB ci_job $(CI_JOB)"] }),
  ).toMatchObject({
    required: [],
    optional: [],
  });
});
