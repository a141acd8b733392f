import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { KUBERNETES_TARGET } from "../../src/kubernetes/target.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import type { RunningTarget } from "../../src/sandbox/target.ts";

const { runs } = KUBERNETES_TARGET as { readonly runs: RunningTarget };

let folder: string;
let KUBECONFIG: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-target-"));
  KUBECONFIG = path.join(folder, "config");
  const named = (name: string) => ({ name, cluster: { server: `https://${name}.example:6443` } });
  const context = (name: string) => ({ name, context: { cluster: name, user: "me" } });
  const file = {
    ...{ "current-context": "one", users: [{ name: "me", user: { token: "secret" } }] },
    clusters: [named("one"), named("two")],
    contexts: [context("one"), context("two"), { name: "three", context: { cluster: "two", user: "me" } }],
  };
  writeFileSync(KUBECONFIG, JSON.stringify(file));
});

afterAll(() => rmSync(folder, { recursive: true }));

function settings(own: unknown) {
  return { subnetPool: "10.231.0.0/16", privilegedImages: [], own } as const;
}

function connect(own: unknown, context?: string) {
  const environment = { KUBECONFIG };
  const request = { project: "shop", projectFolder: folder, settings: settings(own), environment };
  return runs.connect({ ...request, context });
}

test("the place is that of the context: given, of the settings, the current one", async () => {
  expect(await connect({})).toMatchObject({
    ...{ target: "kubernetes", context: "one" },
  });
  expect(await connect({ context: "two" })).toMatchObject({ context: "two" });
  expect(await connect({ context: "two" }, "three")).toMatchObject({ context: "three" });
  await expect(connect({}, "four")).rejects.toThrow(ConfigurationError);
});

test("two contexts of one cluster are one place, and two clusters are two", async () => {
  const [one, two, three] = await Promise.all([connect({}), connect({}, "two"), connect({}, "three")]);
  expect(two.id).toBe(three.id);
  expect(one.id).not.toBe(two.id);
});

test("settings with one context lead to one place", () => {
  const place = (own: unknown) => runs.placeOf(settings(own));
  expect(place({ context: "two", namespacePrefix: "a-" })).toBe(place({ context: "two" }));
  expect(place({ context: "two" })).not.toBe(place({}));
});

test("sandboxes are checked without a cluster", async () => {
  const place = await connect({});
  const ownership = {
    ...{ owner: "shop/dev", project: "shop", stack: "dev", created: "2026-12-01T00:00:00Z" },
    timeToLive: "never",
  } as const;
  const docker = { image: "docker:dind", privileged: true };
  const ci = plan(sandbox("ci", { services: { docker } }));
  await expect(place.check([ci], ownership)).rejects.toThrow(/privileged/);
  const shop = plan(
    sandbox("shop", { services: { web: { image: "a", files: { "/a": { path: "gone" } } } } }),
  );
  await expect(place.check([shop], ownership)).rejects.toThrow(ConfigurationError);
  await place.check([plan(sandbox("fine", { services: { web: { image: "a" } } }))], ownership);
});
