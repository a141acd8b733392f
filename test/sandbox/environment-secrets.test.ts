import { expect, test } from "@jest/globals";
import { environmentSecrets } from "../../src/sandbox/environment-secrets.ts";

const PLAN = { sandbox: "shop", secrets: ["api-token", "password"] };

test("secrets have the values of their variables, also empty ones", () => {
  const environment = { NESTBOX_SECRET_API_TOKEN: "", NESTBOX_SECRET_PASSWORD: "x" };
  expect(environmentSecrets(PLAN, environment)).toEqual({ "api-token": "", password: "x" });
});

test("every secret without a value is named, with its variable", () => {
  expect(() => environmentSecrets(PLAN, {})).toThrow(
    'sandbox "shop": no value for the secrets "api-token", "password"; ' +
      "set NESTBOX_SECRET_API_TOKEN, NESTBOX_SECRET_PASSWORD",
  );
});

test("given values win over the environment", () => {
  const environment = { NESTBOX_SECRET_API_TOKEN: "a", NESTBOX_SECRET_PASSWORD: "b" };
  expect(environmentSecrets(PLAN, environment, { password: "given" })).toEqual({
    "api-token": "a",
    password: "given",
  });
});
