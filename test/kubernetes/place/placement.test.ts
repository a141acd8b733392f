import { expect, test } from "@jest/globals";
import { placeInCluster, scopeOf } from "../../../src/kubernetes/place/placement.ts";

const OWNERSHIP = {
  owner: "web-shop/feat-login/a1b2c3",
  project: "web-shop",
  stack: "feat-login",
  component: "shop",
};

function name(change: Partial<typeof OWNERSHIP> = {}, namespacePrefix?: string): string {
  return scopeOf({ ...OWNERSHIP, ...change }, { ...(namespacePrefix && { namespacePrefix }) }).namespace;
}

test("a namespace has the names of project, stack and component", () => {
  expect(name()).toMatch(/^web-shop-feat-login-shop-[0-9a-z]{6}$/);
  expect(name({}, "test-")).toMatch(/^test-web-shop-feat-login-shop-[0-9a-z]{6}$/);
});

test("owners and components have namespaces of their own", () => {
  const names = [
    name(),
    name({ owner: "web-shop/feat-login/d4e5f6" }),
    name({ owner: "web-shop/feat/a1b2c3", stack: "feat", component: "login-shop" }),
    name({ owner: "web/shop-feat-login/a1b2c3", project: "web", stack: "shop-feat-login" }),
  ];
  expect(new Set(names).size).toBe(names.length);
});

test("a namespace has at most 63 characters, and ends with a letter or digit", () => {
  for (const length of [20, 27, 28, 29, 60]) {
    const long = name({ project: "p".repeat(length), component: "Two Words_1" }, "p".repeat(16));
    expect(long).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    expect(long).not.toContain("--");
  }
});

test("the settings and the facts of the cluster decide the placement", () => {
  const settings = { storageClass: "standard", imagePullSecret: "registry" };
  const created = "2026-11-26T00:00:00Z";
  const ownership = { ...OWNERSHIP, branch: "feat/login", created, timeToLive: "8h" } as const;
  const request = { ownership, settings, network: {}, projectFiles: {}, privilegedImages: ["docker:*"] };
  expect(placeInCluster(request)).toMatchObject({
    ...settings,
    ...{ ownership, namespace: name(), privilegedImages: ["docker:*"], attempts: {} },
  });
  const facts = { created: "2026-11-25T00:00:00Z", attempts: { migration: 1 } };
  expect(placeInCluster({ ...request, facts })).toMatchObject({
    ownership: { created: "2026-11-25T00:00:00Z" },
    attempts: { migration: 1 },
  });
});
