import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { lowerToKubernetes } from "../../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import { changesOf, differenceOf } from "../../../src/kubernetes/place/keep-difference.ts";
import { type ExistingObject, objectKey, wantedObjects } from "../../../src/kubernetes/place/kept-objects.ts";
import { secretRevisions } from "../../../src/kubernetes/secret-revisions.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { WrittenService } from "../../../src/model/declaration/service.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { secret } from "../../../src/model/text.ts";
import type { Changes } from "../../../src/sandbox/place.ts";

const NOTHING: Changes = { created: [], replaced: [], removed: [], left: [] };
const OWNERSHIP = {
  owner: "shop/kept",
  project: "shop",
  stack: "kept",
  component: "shop",
  created: "2026-12-01T00:00:00Z",
  timeToLive: "never",
} as const;
const SHOP = {
  networks: { front: {}, back: { internal: true } },
  volumes: ["data"],
  services: {
    database: { image: "a", networks: ["back"], volumes: { "/data": "data" }, ports: [5432] },
    migration: { image: "a", networks: ["back"], runsOnce: true, volumes: { "/data": "data" } },
    web: { image: "a", networks: ["front"], env: { PASSWORD: secret("password") } },
  },
};

interface Case {
  readonly password?: string;
  readonly storageClass?: string;
  readonly attempts?: Readonly<Record<string, number>>;
}

function wanted(definition: object, { password = "one", ...placement }: Case = {}) {
  const declared = definition as SandboxDefinition<unknown> & { services: Record<string, WrittenService> };
  const values = { password };
  const revisions = secretRevisions(values, "key");
  const place = { namespace: "shop", privilegedImages: [], network: {}, projectFiles: {} };
  const placed = { ...place, ownership: OWNERSHIP, secretRevisions: revisions, ...placement };
  const objects = lowerToKubernetes(plan(sandbox("shop", declared)), placed);
  return wantedObjects(objects, { values, revisions, revisionKey: "key" });
}

/** What a cluster has of these objects: more than was sent, and the hashes. */
function existing(objects: ReturnType<typeof wanted>): readonly ExistingObject[] {
  return objects.map(({ manifest, plan: hash }) => {
    const metadata: ExistingObject["metadata"] = manifest.metadata;
    const annotations = { ...metadata.annotations, "example.com/by": "another", [LABEL.plan]: hash };
    return { ...manifest, metadata: { ...metadata, uid: `uid of ${metadata.name}`, annotations } };
  });
}

function compare(before: object, after: object, others: Case & { readonly removesVolumes?: boolean } = {}) {
  const { removesVolumes = false, ...now } = others;
  const objects = wanted(after, now);
  const there = existing(wanted(before));
  const difference = differenceOf(objects, there, removesVolumes);
  const touched = difference.changed.map(({ wanted: { manifest }, recreated }) =>
    recreated ? `${objectKey(manifest)} anew` : objectKey(manifest),
  );
  return { changes: changesOf(difference, objects, there), touched: touched.sort(), difference };
}

function withService(key: keyof typeof SHOP.services, properties: object): object {
  return { ...SHOP, services: { ...SHOP.services, [key]: { ...SHOP.services[key], ...properties } } };
}

test("a new sandbox is created: networks, volumes, services", () => {
  const objects = wanted(SHOP);
  expect(changesOf(differenceOf(objects, [], false), objects, [])).toEqual({
    ...NOTHING,
    created: [
      ...["network front", "network back", "volume data"],
      ...["service database", "service migration", "service web"],
    ],
  });
});

test("a changed service is replaced alone, a job by removing it first", () => {
  const web = compare(SHOP, withService("web", { env: { COLOUR: "red" } }));
  expect(web.changes).toEqual({ ...NOTHING, replaced: ["service web"] });
  // The password is no longer used.
  expect(web.touched).toEqual(["Deployment web"]);
  expect(compare(SHOP, withService("migration", { command: ["again"] }))).toMatchObject({
    changes: { ...NOTHING, replaced: ["service migration"] },
    touched: ["Job migration anew"],
  });
});

test("another failure of a service replaces it", () => {
  expect(compare(SHOP, SHOP, { attempts: { database: 1 } }).touched).toEqual(["Deployment database"]);
});

test("another value of a secret replaces the services that use it, and is in no hash", () => {
  const { changes, touched } = compare(SHOP, SHOP, { password: "two" });
  expect(changes).toEqual({ ...NOTHING, replaced: ["service web"] });
  expect(touched).toEqual(["Deployment web", "Secret secrets"]);
});

test("an alias that changes its kind of Service is made anew", () => {
  expect(compare(SHOP, withService("database", { ports: [] })).touched).toContain("Service database anew");
  expect(compare(SHOP, withService("database", { ports: [1] })).touched).toContain("Service database");
});

test("an alias that goes replaces its service, which is not removed", () => {
  const before = withService("database", { alias: ["database", "db"] });
  expect(compare(before, SHOP)).toMatchObject({
    changes: { ...NOTHING, replaced: ["service database"] },
    difference: { removed: [{ kind: "Service", metadata: { name: "db" } }] },
  });
});

test("a service that is no longer declared is removed, its volume stays", () => {
  const { database: _, migration: __, ...services } = SHOP.services;
  const without = { ...SHOP, volumes: [], services };
  expect(compare(SHOP, without).changes).toEqual({
    ...{ created: [], replaced: [], left: ["volume data"] },
    removed: ["service database", "service migration"],
  });
  const { changes, difference } = compare(SHOP, without, { removesVolumes: true });
  expect(changes).toMatchObject({
    removed: ["service database", "service migration", "volume data"],
    left: [],
  });
  expect(difference.removed.map(objectKey)).toContain("PersistentVolumeClaim data");
});

test("a volume that differs stays, until volumes are removed, then with the services that use it", () => {
  const other = { storageClass: "fast" };
  expect(compare(SHOP, SHOP, other)).toMatchObject({ changes: NOTHING, touched: [] });
  expect(compare(SHOP, SHOP, { ...other, removesVolumes: true })).toMatchObject({
    changes: { ...NOTHING, replaced: ["volume data", "service database", "service migration"] },
    touched: ["Deployment database anew", "Job migration anew", "PersistentVolumeClaim data anew"],
  });
});

test("a workload that has not become ready is written again", () => {
  const objects = wanted(SHOP);
  const there = existing(objects).map((object) => {
    if (objectKey(object) !== "Deployment web") return object;
    return { ...object, metadata: { ...object.metadata, annotations: {} } };
  });
  const difference = differenceOf(objects, there, false);
  expect(changesOf(difference, objects, there)).toEqual({ ...NOTHING, replaced: ["service web"] });
});

test("any change leads to the plan, and equal plans change nothing", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
  const shop = fc
    .record({
      services: names,
      volumes: fc.uniqueArray(fc.constantFrom("x", "y"), { minLength: 1 }),
      image: fc.constantFrom("one", "two"),
      ports: fc.boolean(),
    })
    .map(({ services, volumes, image, ports }) => ({
      volumes,
      services: Object.fromEntries(
        services.map((key, index) => [
          key,
          {
            image: index === 0 ? image : "one",
            ...(ports && { ports: [80] }),
            volumes: Object.fromEntries(volumes.map((volume) => [`/${volume}`, volume])),
          },
        ]),
      ),
    }));
  fc.assert(
    fc.property(shop, shop, fc.boolean(), (before, after, removesVolumes) => {
      const { difference, changes } = compare(before, after, { removesVolumes });
      const there = new Map(existing(wanted(before)).map((object) => [objectKey(object), object]));
      for (const object of difference.removed) there.delete(objectKey(object));
      for (const object of existing(difference.changed.map((one) => one.wanted)))
        there.set(objectKey(object), object);
      const objects = wanted(after);
      const next = differenceOf(objects, [...there.values()], removesVolumes);
      expect({ changed: next.changed, removed: next.removed }).toEqual({ changed: [], removed: [] });
      expect(changesOf(next, objects, [...there.values()])).toEqual({ ...NOTHING, left: changes.left });
      expect(compare(before, before, { removesVolumes }).changes).toEqual(NOTHING);
    }),
  );
});
