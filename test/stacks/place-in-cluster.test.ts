import { expect, test } from "@jest/globals";
import { placeInCluster, stackNamespace } from "../../src/stacks/place-in-cluster.ts";
import { settingsFrom } from "../../src/stacks/stack-settings.ts";

const IDENTITY = { project: "web-shop", stack: "feat-login", backend: "file:///a/.nestbox/state" };

function namespaceOf(
  change: Partial<typeof IDENTITY> = {},
  component = "shop",
  namespacePrefix = "",
): string {
  const kubernetes = namespacePrefix === "" ? {} : { namespacePrefix };
  return stackNamespace({ ...IDENTITY, ...change }, component, settingsFrom({ kubernetes }, "file"));
}

test("a namespace has the names of project, stack and component", () => {
  expect(namespaceOf()).toMatch(/^web-shop-feat-login-shop-[0-9a-z]{6}$/);
  expect(namespaceOf({}, "shop", "test-")).toMatch(/^test-web-shop-feat-login-shop-[0-9a-z]{6}$/);
});

test("stacks, components and states have namespaces of their own", () => {
  const names = [
    namespaceOf(),
    namespaceOf({ backend: "file:///b/.nestbox/state" }),
    namespaceOf({ stack: "feat" }, "login-shop"),
    namespaceOf({ project: "web" }),
  ];
  expect(new Set(names).size).toBe(names.length);
});

test("a namespace has at most 63 characters, and ends with a letter or digit", () => {
  for (const length of [20, 27, 28, 29, 60]) {
    const name = namespaceOf({ project: "p".repeat(length) }, "Two Words_1", "p".repeat(16));
    expect(name).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    expect(name).not.toContain("--");
  }
});

test("the settings of the stack and the facts of the cluster decide the placement", () => {
  const kubernetes = { storageClass: "standard", imagePullSecret: "registry" };
  const settings = settingsFrom({ kubernetes, timeToLive: "8h", branch: "feat/login" }, "file");
  const request = {
    ...{ identity: IDENTITY, component: "shop", settings, network: {}, projectFiles: {} },
    now: new Date("2026-11-26T00:00:00.123Z"),
  };
  expect(placeInCluster(request)).toMatchObject({
    ...kubernetes,
    ownership: {
      project: "web-shop",
      component: "shop",
      branch: "feat/login",
      created: "2026-11-26T00:00:00Z",
      timeToLive: "8h",
    },
    attempts: {},
  });
  const facts = { created: "2026-11-25T00:00:00Z", attempts: { migration: 1 } };
  expect(placeInCluster({ ...request, facts })).toMatchObject({
    ownership: { created: "2026-11-25T00:00:00Z" },
    attempts: { migration: 1 },
  });
});
