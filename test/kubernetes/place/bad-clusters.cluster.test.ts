import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Namespace } from "kubernetes-types/core/v1.js";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import { ClusterUnreachable, KubernetesForbidden } from "../../../src/kubernetes/api/cluster-error.ts";
import type { ObjectReference } from "../../../src/kubernetes/api/object-path.ts";
import { createObject, replaceObject, watchObjects } from "../../../src/kubernetes/api/objects.ts";
import { leaseObjects } from "../../../src/kubernetes/lease-objects.ts";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { startInCluster } from "../../../src/kubernetes/place/start-in-cluster.ts";
import type { Sandbox } from "../../../src/model/declaration/sandbox.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { log } from "../../../src/model/probe.ts";
import { removeAbandoned } from "../../../src/ownership/abandoned-sandboxes.ts";
import { readLeases } from "../../../src/ownership/lease.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { proxiedCluster } from "../cluster-proxy.ts";
import { testCluster } from "../created-namespace.ts";
import { type LimitedAccount, limitedAccount } from "../limited-account.ts";

const project = `bad-${randomBytes(3).toString("hex")}`;
const never = "while :; do sleep 1; done";

/** The second service is created once the first is ready, a moment after the namespace. */
const pair = (second: string) =>
  sandbox("pair", {
    services: {
      first: {
        image: "alpine:3.19",
        command: ["sh", "-c", `sleep 3; echo is open; ${never}`],
        probe: log("is open"),
        stop: { grace: "1s" },
      },
      second: {
        image: "alpine:3.19",
        command: ["sh", "-c", second],
        after: { first: "ready" },
        probe: log("is open"),
        stop: { grace: "1s" },
      },
    },
  });

let cluster: Cluster;
let account: LimitedAccount;

beforeAll(async () => {
  cluster = testCluster();
  account = await limitedAccount();
});

afterAll(() => {
  account.remove();
  kubectl("delete", "namespace", "--wait=false", "--selector", `${LABEL.project}=${project}`);
});

function start(declared: Sandbox, placement: { readonly storageClass?: string } = {}, at = cluster) {
  return startInCluster({
    plan: plan(declared),
    cluster: at,
    secrets: {},
    environment: {},
    signal: AbortSignal.timeout(120_000),
    project,
    placement: { privilegedImages: [], network: {}, projectFiles: {}, ...placement },
  });
}

/** The namespaces of this test that nobody removes. */
function left(): readonly string[] {
  const found = kubectl("get", "namespace", "-o", "json", "--selector", `${LABEL.project}=${project}`);
  const { items } = JSON.parse(found) as { readonly items: readonly Namespace[] };
  return items.flatMap(({ metadata }) => (metadata?.deletionTimestamp ? [] : [metadata?.name ?? ""]));
}

async function leases(): Promise<readonly string[]> {
  const found = await readLeases(leaseObjects(cluster));
  return found.filter(({ owner }) => owner.startsWith(`${project}/`)).map(({ name }) => name);
}

/** Changes the next namespace of this test as soon as it is there, as an operator of the cluster does. */
async function onNextNamespace(
  change: (name: string, namespace: ObjectReference & Namespace) => Promise<unknown>,
): Promise<void> {
  const end = new AbortController();
  const known = new Set(left());
  const query = { apiVersion: "v1", kind: "Namespace", labels: { [LABEL.project]: project } };
  for await (const { type, object } of watchObjects<ObjectReference & Namespace>(cluster, {
    ...query,
    signal: end.signal,
  })) {
    const name = object.metadata.name ?? "";
    if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined || known.has(name)) continue;
    await change(name, object);
    return;
  }
}

const LEASES = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["create", "get", "list", "update", "delete"],
};

test("credentials that are over are refused", async () => {
  const old = clusterOf({ ...cluster.context, credentials: { token: "old" } }, process.env);
  const starting = start(pair(never), {}, old);
  await expect(starting).rejects.toThrow(ClusterUnreachable);
  await expect(starting).rejects.toThrow("does not accept its credentials; log in to the cluster again");
});

test("who may not remove a namespace gets none", async () => {
  const namespaces = { apiGroups: [""], resources: ["namespaces"], verbs: ["create"] };
  const starting = start(pair(never), {}, account.allow(LEASES, namespaces));
  await expect(starting).rejects.toThrow(KubernetesForbidden);
  await expect(starting).rejects.toThrow(
    /cannot (create|delete) resource "namespaces"; have an administrator apply .*, or run inside a namespace/,
  );
  expect([left(), await leases()]).toEqual([[], []]);
});

test("a missing permission is told by verb and resource, and the namespace is removed", async () => {
  const namespaces = { apiGroups: [""], resources: ["namespaces"], verbs: ["create", "delete"] };
  const starting = start(pair(never), {}, account.allow(LEASES, namespaces));
  await expect(starting).rejects.toThrow(KubernetesForbidden);
  await expect(starting).rejects.toThrow(/cannot create resource "\w+" .*; have an administrator apply /);
  expect([left(), await leases()]).toEqual([[], []]);
});

test("a quota that is too small is told", async () => {
  const changing = onNextNamespace((namespace) =>
    createObject(cluster, {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "team", namespace },
      spec: { hard: { pods: "1" } },
    }),
  );
  await expect(start(pair(never))).rejects.toThrow(
    /^pair\.services\.second: its pod is not created: .*quota: team.*; raise the quota, or declare less$/,
  );
  await changing;
  expect([left(), await leases()]).toEqual([[], []]);
});

test("a level of Pod Security that is too high is told", async () => {
  const changing = onNextNamespace((name, { apiVersion, kind, metadata: { annotations = {}, labels } }) =>
    replaceObject(cluster, {
      ...{ apiVersion, kind },
      metadata: {
        name,
        annotations,
        labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" },
      },
    }),
  );
  await expect(start(pair(never))).rejects.toThrow(
    /^pair\.services\.\w+: its pod is not created: .*"restricted:latest".*; declare a numeric user /,
  );
  await changing;
});

test("a pod that is evicted is told", async () => {
  const changing = onNextNamespace((namespace) =>
    createObject(cluster, {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "team", namespace },
      spec: { limits: [{ type: "Container", default: { "ephemeral-storage": "1Mi" } }] },
    }),
  );
  const writes = `head -c 20971520 /dev/zero > /large; ${never}`;
  await expect(start(pair(writes))).rejects.toThrow(
    /^pair\.services\.second: evicted: .*ephemeral local storage usage exceeds .*1Mi/,
  );
  await changing;
});

test("a volume without a storage class is told", async () => {
  const declared = sandbox("stored", {
    volumes: ["data"],
    services: { db: { image: "alpine:3.19", volumes: { "/data": "data" }, command: ["sh", "-c", never] } },
  });
  await expect(start(declared, { storageClass: "" })).rejects.toThrow(
    /^stored\.services\.db: volume data: .*no storage class is set; choose a storage class$/,
  );
  expect([left(), await leases()]).toEqual([[], []]);
});

test("an API server that stops in the middle is told, and the next command removes the rest", async () => {
  const proxy = await proxiedCluster(cluster);
  const changing = onNextNamespace(async () => proxy.stop());
  await expect(start(pair(never), {}, proxy.cluster)).rejects.toThrow(ClusterUnreachable);
  await changing;
  expect(left()).toHaveLength(1);
  await eventually(
    async () => {
      await removeAbandoned(clusterOwnerStore(cluster));
      expect([left(), await leases()]).toEqual([[], []]);
    },
    { within: "1m" },
  );
});
