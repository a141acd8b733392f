import { expect, test } from "@jest/globals";
import { emptyPassphraseWarning } from "../../../src/operations/stack/secret-values.ts";

const EMPTY = { PULUMI_CONFIG_PASSPHRASE: "" };
const NO_RUNNER = { runnerImages: [] };
const RUNNER = { runnerImages: ["gitlab/gitlab-runner:v19.3.0"] };

test.each<
  [string, { readonly secrets: readonly string[] }[], { readonly runnerImages: readonly string[] }, RegExp]
>([
  ["secrets", [{ secrets: ["password"] }], NO_RUNNER, /is empty, so the secrets in the state/],
  ["runners", [{ secrets: [] }], RUNNER, /is empty, so the runner tokens in the state/],
  ["both", [{ secrets: ["a"] }], RUNNER, /is empty, so the secrets and the runner tokens in the state/],
])("a stack with %s gets a warning about an empty passphrase", (_, plans, project, expected) => {
  expect(emptyPassphraseWarning(plans, project, EMPTY)).toMatch(expected);
  expect(emptyPassphraseWarning(plans, project, { PULUMI_CONFIG_PASSPHRASE: "x" })).toBeUndefined();
  expect(emptyPassphraseWarning(plans, project, {})).toBeUndefined();
});

test("a stack without secrets and runners may have an empty passphrase", () => {
  expect(emptyPassphraseWarning([{ secrets: [] }], NO_RUNNER, EMPTY)).toBeUndefined();
});
