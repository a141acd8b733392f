import { expect, test } from "@jest/globals";
import { ConfigurationError } from "../../src/model/problem.ts";
import { findSecrets } from "../../src/pulumi/stack-secrets.ts";

test("the environment wins over the configuration", () => {
  const environment = { NESTBOX_SECRET_API_TOKEN: "from the environment" };
  const configured = { "api-token": "configured", password: "configured too" };
  expect(findSecrets(["api-token", "password"], environment, configured)).toEqual({
    "api-token": "from the environment",
    password: "configured too",
  });
});

test("only what is needed is given", () => {
  expect(findSecrets([], { NESTBOX_SECRET_A: "1" }, { b: "2" })).toEqual({});
});

test("an empty value is a value", () => {
  expect(findSecrets(["a"], { NESTBOX_SECRET_A: "" }, {})).toEqual({ a: "" });
});

test("one error names all secrets without a value, with two remedies", () => {
  const find = () => findSecrets(["api-token", "password", "known"], {}, { known: "…" });
  expect(find).toThrow(
    new ConfigurationError(
      'no value for the secrets "api-token", "password"; set NESTBOX_SECRET_API_TOKEN, ' +
        "or run: pulumi config set --secret --path 'nestbox:secrets[\"api-token\"]'",
    ),
  );
  expect(() => findSecrets(["password"], {}, {})).toThrow('no value for the secret "password"; set');
});
