import { expect, test } from "@jest/globals";
import { registryLogins } from "../../src/registry/registry-logins.ts";

const NO_HOME = { HOME: "/nonexistent" };

const auth = (password: string) => Buffer.from(`bot:${password}`).toString("base64");

function logins(images: readonly string[], auths: object | string): Promise<string> {
  const DOCKER_AUTH_CONFIG = typeof auths === "string" ? auths : JSON.stringify({ auths });
  return registryLogins(images, { environment: { ...NO_HOME, DOCKER_AUTH_CONFIG } });
}

test("only the logins for the registries of the images are taken", async () => {
  const text = await logins(["a.example/app:1", "redis:7", "redis:8", "c.example/app"], {
    "a.example": { auth: auth("one") },
    "b.example": { username: "bot", password: "two" },
    "https://index.docker.io/v1/": { username: "bot", password: "three" },
  });
  expect(JSON.parse(text)).toEqual({
    auths: {
      "a.example": { auth: auth("one") },
      "https://index.docker.io/v1/": { auth: auth("three") },
    },
  });
});

test("a registry may have a login for each of its parts", async () => {
  const text = await logins(["a.example/one/app", "a.example/two/app"], {
    "a.example/one": { auth: auth("one") },
    "a.example/two": { auth: auth("two") },
  });
  expect(JSON.parse(text)).toEqual({
    auths: { "a.example": { auth: auth("one") }, "a.example/two/app": { auth: auth("two") } },
  });
});

test("the login of a job in GitLab is for the project's own registry", async () => {
  const environment = {
    ...{ CI_REGISTRY: "registry.gitlab.example", CI_REGISTRY_USER: "bot", CI_REGISTRY_PASSWORD: "one" },
    ...NO_HOME,
  };
  const text = await registryLogins(["registry.gitlab.example/app", "redis:7"], { environment });
  expect(JSON.parse(text)).toEqual({ auths: { "registry.gitlab.example": { auth: auth("one") } } });
});

test("what nodes cannot use, and what cannot be read, is an error without the password", async () => {
  await expect(logins(["a.example/app"], { "a.example": { identitytoken: "geheim" } })).rejects.toThrow(
    /^a\.example: the login of DOCKER_AUTH_CONFIG is a token .*; log in with a username and an access token /,
  );
  await expect(logins(["a.example/app"], "{geheim")).rejects.toThrow(
    "a.example/app: the login for a.example was not read: DOCKER_AUTH_CONFIG: it is not JSON; log in again",
  );
});
