import { expect, test } from "@jest/globals";
import { emptyPassphrase } from "../../../src/cli/stack/secret-values.ts";

const EMPTY = { PULUMI_CONFIG_PASSPHRASE: "" };
const NO_RUNNER = { runnerImages: [] };
const RUNNER = { runnerImages: ["gitlab/gitlab-runner:v19.3.0"] };

test.each<
  [string, { readonly secrets: readonly string[] }[], { readonly runnerImages: readonly string[] }, RegExp]
>([
  ["secrets", [{ secrets: ["password"] }], NO_RUNNER, /encrypts these secrets with an empty passphrase/],
  ["runners", [{ secrets: [] }], RUNNER, /encrypts the tokens of its runners with an empty passphrase/],
  ["both", [{ secrets: ["a"] }], RUNNER, /encrypts these secrets and the tokens of its runners with/],
])("an empty passphrase is told to a stack with %s", (_, plans, project, expected) => {
  expect(emptyPassphrase(plans, project, EMPTY)).toMatch(expected);
  expect(emptyPassphrase(plans, project, { PULUMI_CONFIG_PASSPHRASE: "x" })).toBeUndefined();
  expect(emptyPassphrase(plans, project, {})).toBeUndefined();
});

test("a stack that holds nothing secret may have an empty passphrase", () => {
  expect(emptyPassphrase([{ secrets: [] }], NO_RUNNER, EMPTY)).toBeUndefined();
});
