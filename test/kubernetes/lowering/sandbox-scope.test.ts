import { expect, test } from "@jest/globals";
import type { NetworkPolicyManifest } from "../../../src/kubernetes/lowering/manifest.ts";
import { nameIn, scopeIn, scopeName, scopeNamed } from "../../../src/kubernetes/lowering/sandbox-scope.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Labels } from "../../../src/model/labels.ts";
import { mayConnect } from "./network-reach.ts";
import { loweredService, manifestsOf, podOf } from "./placed-manifests.ts";
import { schemaProblems } from "./schema-problems.ts";

const box = sandbox("box", {
  networks: { public: {}, private: { internal: true } },
  volumes: ["data"],
  services: {
    database: { image: "a", networks: ["private"], ports: [5432], volumes: { "/data": "data" } },
    web: {
      image: "a",
      networks: ["public", "private"],
      ports: [80],
      env: { PASSWORD: { secret: "password" } },
      files: { "/etc/web": { content: "on" } },
      volumes: { "/data": "data" },
      extraHosts: { mirror: "192.0.2.1" },
      after: { database: "ready" },
    },
    silent: { image: "a", networks: ["private"] },
  },
  jobs: { tests: { image: "a", networks: ["public"], script: ["true"] } },
});
const inside = { namespace: "team-a", instance: "shop-dev-box-a1b2c3" };
const beside = { namespace: "team-a", instance: "shop-dev-box-d4e5f6" };
const manifests = manifestsOf(box, inside);

/** The labels of the pods of a service or job. */
function labelsOf(key: string, scope = inside): Labels {
  const found = manifestsOf(box, scope).find(
    (one) =>
      (one.kind === "Deployment" || one.kind === "Job") && one.metadata.labels?.["nestbox.part"] === key,
  );
  const { spec } = found as {
    readonly spec: { readonly template: { readonly metadata: { labels: Labels } } };
  };
  return spec.template.metadata.labels;
}

const policiesOf = (scope: typeof inside) =>
  manifestsOf(box, scope).filter((one): one is NetworkPolicyManifest => one.kind === "NetworkPolicy");

test("inside a namespace, all objects are there, and carry the sandbox's name", () => {
  for (const { kind, metadata } of manifests) {
    expect({ kind, namespace: metadata.namespace }).toEqual({ kind, namespace: "team-a" });
    expect(metadata.name ?? metadata.generateName).toMatch(/^shop-dev-box-a1b2c3-/);
    expect(metadata.labels).toMatchObject({ "nestbox.instance": inside.instance });
  }
  expect(schemaProblems(manifests)).toEqual([]);
});

test("the namespace, its quotas and its limits stay as they are", () => {
  const kinds = manifests.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.not.arrayContaining(["Namespace", "ResourceQuota", "LimitRange"]));
});

test("the first object denies the sandbox's pods all traffic, and has its owner", () => {
  expect(manifests[0]).toMatchObject({
    kind: "NetworkPolicy",
    metadata: { annotations: { "nestbox.owner": "example/dev/1a2b3c", "nestbox.stack": "dev" } },
    spec: { podSelector: { matchLabels: { "nestbox.instance": inside.instance } } },
  });
});

test("policies connect the pods of a sandbox, and no others of the namespace", () => {
  const both = [...policiesOf(inside), ...policiesOf(beside)];
  const pod = (key: string, scope = inside) => ({ labels: labelsOf(key, scope) });
  const ofTeam = { labels: { app: "web", "nestbox.network/private": "true" } };
  expect(mayConnect(both, pod("web"), pod("database"))).toBe(true);
  expect(mayConnect(both, pod("tests"), pod("database"))).toBe(false);
  for (const other of [pod("database", beside), pod("web", beside), ofTeam]) {
    expect(mayConnect(both, pod("web"), other)).toBe(false);
    expect(mayConnect(both, other, pod("database"))).toBe(false);
  }
  expect(mayConnect(both, ofTeam, { labels: { app: "database" } })).toBe(true);
});

test("what refers to an object names it", () => {
  const { volumes = [], affinity, containers } = podOf(box, "web", inside);
  expect(volumes).toContainEqual({
    name: "volume-data",
    persistentVolumeClaim: { claimName: "shop-dev-box-a1b2c3-data" },
  });
  expect(JSON.stringify(volumes)).toContain('"configMap":{"name":"shop-dev-box-a1b2c3-web-files"}');
  expect(JSON.stringify(containers)).toContain('"name":"shop-dev-box-a1b2c3-secrets","key":"password"');
  expect(JSON.stringify(affinity)).toContain('"nestbox.instance":"shop-dev-box-a1b2c3"');
  const { services } = loweredService(box, "database", inside);
  expect(services.map(({ spec }) => spec.selector)).toEqual([
    { "nestbox.instance": inside.instance, "nestbox.kind": "service", "nestbox.part": "database" },
  ]);
});

test("pods find the addresses of aliases in their hosts file, after the declared hosts", () => {
  const addresses = { database: "10.96.0.1", web: "10.96.0.2", mirror: "10.96.0.3" };
  expect(podOf(box, "web", { ...inside, addresses }).hostAliases).toEqual([
    { ip: "10.96.0.1", hostnames: ["database"] },
    { ip: "10.96.0.2", hostnames: ["web"] },
    { ip: "192.0.2.1", hostnames: ["mirror"] },
  ]);
});

test("a long name is cut, and stays unique and legal", () => {
  const long = { namespace: "team-a", instance: "i".repeat(47) };
  const names = ["a".repeat(40), `${"a".repeat(39)}b`, "a"].map((name) => nameIn(long, name));
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^i[a-z0-9-]{0,61}[a-z0-9]$/);
});

test("the name of a sandbox in its cluster gives its scope again", () => {
  for (const scope of [inside, { namespace: "shop" }]) expect(scopeNamed(scopeName(scope))).toEqual(scope);
  // Names of Services start with a letter.
  expect(scopeIn({ namespace: "team-a" }, "3d-shop")).toEqual({ namespace: "team-a", instance: "s3d-shop" });
  expect(scopeIn({}, "3d-shop")).toEqual({ namespace: "3d-shop" });
});
