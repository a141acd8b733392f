import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../src/kubernetes/api/kubeconfig.ts";
import { createObject, deleteObject, readObject } from "../../src/kubernetes/api/objects.ts";
import { ownerAnnotations } from "../../src/kubernetes/lowering/object-labels.ts";
import { clusterOwnerStore } from "../../src/kubernetes/owner-store.ts";
import { LABEL } from "../../src/model/labels.ts";
import { leasesIn, withLease } from "../../src/ownership/lease.ts";
import { createdBefore, type OwnerStore } from "../../src/ownership/owner-store.ts";
import { eventually } from "../eventually.ts";
import { kubectl, kubectlCommand } from "../kubectl.ts";
import { ownedNamespace } from "./owned-namespace.ts";

const id = randomBytes(4).toString("hex");
const ownership = {
  owner: `nestbox-test/Place_${id}/000000`,
  project: "nestbox-test",
  stack: `Place_${id}`,
  created: "2026-11-25T10:00:00Z",
  timeToLive: "1h",
} as const;
const { owner } = ownership;
const names = ["one", "two", "held"].map((name) => `place-${name}-${id}`);
const [one = "", two = "", held = ""] = names;

let cluster: Cluster;
let place: OwnerStore;

beforeAll(async () => {
  cluster = clusterOf(readContext(kubectlCommand().env), process.env);
  place = clusterOwnerStore(cluster);
  for (const name of [one, two]) await createObject(cluster, ownedNamespace(name, ownership));
});

afterAll(async () => {
  for (const name of names)
    await deleteObject(cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
});

function job(lease: string) {
  const labels = { [LABEL.owner]: "shortened", [LABEL.kind]: "job", [LABEL.lease]: lease };
  const container = { name: "job", image: "redis:7-alpine", command: ["true"] };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "tests", namespace: one, labels: { ...labels, ...ofOwner() } },
    spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [container] } } },
  };
}

function ofOwner() {
  return { [LABEL.owner]: ownedNamespace(one, ownership).metadata.labels[LABEL.owner] ?? "" };
}

test("namespaces, jobs of leases and leases are owned resources, with their exact labels", async () => {
  await withLease(place.leases, { labels: ownerAnnotations(ownership), covers: "work" }, async (lease) => {
    await createObject(cluster, job(lease.id));
    const found = await place.readOwned(owner);
    expect(found.map(({ kind, name }) => (kind === "lease" ? kind : `${kind} ${name}`)).sort()).toEqual(
      [`job ${one}/tests`, "lease", `namespace ${one}`, `namespace ${two}`].sort(),
    );
    for (const { labels } of found) expect(labels[LABEL.owner]).toBe(owner);
    for (const { labels } of found.filter(({ kind }) => kind !== "lease"))
      expect(labels[LABEL.sandbox]).toBe("shop");
    expect(found.find(({ kind }) => kind === "job")?.labels).toMatchObject({ [LABEL.lease]: lease.id });
    expect(leasesIn(found).map(({ id: found }) => found)).toEqual([lease.id]);
    expect(await place.readOwned(`${owner}0`)).toEqual([]);
  });
});

test("what was created before a time of this machine is told apart", async () => {
  const namespaces = (await place.readOwned(owner)).filter(({ kind }) => kind === "namespace");
  expect(await createdBefore(place.leases, namespaces, Date.now())).toEqual(namespaces);
  expect(await createdBefore(place.leases, namespaces, Date.now() - 3_600_000)).toEqual([]);
});

test("a resource is removed by its uid, not one of its name that was created since", async () => {
  const [namespace] = (await place.readOwned(owner)).filter(({ name }) => name === two);
  if (namespace === undefined) throw new Error(`${two} is missing`);
  await place.remove([{ ...namespace, id: "00000000-0000-0000-0000-000000000000" }]);
  expect((await place.readOwned(owner)).map(({ name }) => name)).toContain(two);
  expect(await place.remove([namespace])).toEqual([`namespace ${two}`]);
  expect((await place.readOwned(owner)).map(({ name }) => name)).not.toContain(two);
  expect(await place.remove([namespace])).toEqual([`namespace ${two}`]);
});

test("a namespace that cannot go is reported, with the finalizer that holds it", async () => {
  await createObject(cluster, ownedNamespace(held, ownership));
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: held, name: "held" } };
  const finalizers = ["nestbox.test/hold"];
  await createObject(cluster, { ...configMap, metadata: { ...configMap.metadata, finalizers } });
  await place.remove((await place.readOwned(owner)).filter(({ name }) => name === held));
  try {
    await eventually(
      async () => {
        const removal = (await place.readRemovals(owner)).find(({ resource }) => resource.includes(held));
        expect(removal).toMatchObject({ stack: ownership.stack, resource: `namespace ${held}` });
        expect(removal?.reason).toContain("nestbox.test/hold in 1 resource instances");
        expect(removal?.reason).toContain("configmaps. has 1 resource instances");
      },
      { within: "60s" },
    );
  } finally {
    kubectl(
      "patch",
      "-n",
      held,
      "configmap",
      "held",
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    );
  }
  await eventually(
    async () => {
      const reference = { apiVersion: "v1", kind: "Namespace", metadata: { name: held } };
      expect(await readObject(cluster, reference)).toBeUndefined();
    },
    { within: "60s" },
  );
});
