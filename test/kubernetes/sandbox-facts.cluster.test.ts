import { randomBytes } from "node:crypto";
import { afterAll, expect, test } from "@jest/globals";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { ObjectReference } from "../../src/kubernetes/api/object-path.ts";
import { createObject, deleteObject } from "../../src/kubernetes/api/objects.ts";
import { REVISION_KEY, readSandboxFacts } from "../../src/kubernetes/sandbox-facts.ts";
import { OWN_NAMESPACES } from "../../src/kubernetes/tenancy/own-namespaces.ts";
import { LABEL, type Labels } from "../../src/model/labels.ts";
import { kubectl } from "../kubectl.ts";
import { testCluster } from "./created-namespace.ts";

const OWNER = "web-shop/dev/1a2b3c";
const cluster = testCluster();
const created: object[] = [];

async function createNamespace(annotations: Labels = {}): Promise<string> {
  const name = `facts-${randomBytes(3).toString("hex")}`;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, annotations } };
  await createObject(cluster, namespace);
  created.push(namespace);
  return name;
}

afterAll(async () => {
  for (const namespace of created as Parameters<typeof deleteObject>[1][])
    await deleteObject(cluster, namespace);
});

const factsOf = (namespace: string, waits = true) =>
  readSandboxFacts(cluster, OWN_NAMESPACES, { scope: { namespace }, owner: OWNER, waits });

test("a namespace that does not exist has no facts", async () => {
  expect(await factsOf("facts-nowhere")).toEqual({ attempts: {} });
});

test.each([
  [{}, "is not of Nestbox"],
  [{ [LABEL.owner]: "another/dev/1a2b3c" }, "belongs to another/dev/1a2b3c"],
])("a namespace with the annotations %j is refused", async (annotations, problem) => {
  const namespace = await createNamespace(annotations);
  await expect(factsOf(namespace)).rejects.toThrow(
    `namespace ${namespace}: ${problem}; remove it, or set namespacePrefix in nestbox:kubernetes`,
  );
});

test("creation, revision key and attempts are those in the cluster", async () => {
  const namespace = await createNamespace({
    [LABEL.owner]: OWNER,
    [LABEL.created]: "2026-11-25T00:00:00Z",
  });
  const metadata = { name: "secrets", namespace };
  await createObject(cluster, {
    ...{ apiVersion: "v1", kind: "Secret", metadata },
    stringData: { [REVISION_KEY]: "key" },
  });
  for (const [part, attempt, command] of [
    ["migration", "2", ["false"]],
    ["seed", "1", ["true"]],
  ] as const) {
    await createObject(cluster, {
      ...{ apiVersion: "batch/v1", kind: "Job" },
      metadata: { name: part, namespace, labels: { [LABEL.kind]: "service", [LABEL.part]: part } },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels: { [LABEL.attempt]: attempt } },
          spec: { restartPolicy: "Never", containers: [{ name: "service", image: "alpine:3.19", command }] },
        },
      },
    });
  }
  const wait = (job: string, condition: string) =>
    kubectl("--namespace", namespace, "wait", `--for=condition=${condition}`, "--timeout=2m", `job/${job}`);
  wait("migration", "Failed");
  wait("seed", "Complete");
  expect(await factsOf(namespace)).toEqual({
    created: "2026-11-25T00:00:00Z",
    revisionKey: "key",
    attempts: { migration: 3, seed: 1 },
  });
});

test("a Job counts as failed once a container of its pod has, before its pod", async () => {
  const namespace = await createNamespace({ [LABEL.owner]: OWNER });
  const labels = { [LABEL.kind]: "service", [LABEL.part]: "migration" };
  const container = { name: "service", image: "alpine:3.19" };
  // Nothing runs it: its status is the test's.
  const spec = { schedulerName: "nobody", restartPolicy: "Never", containers: [container] };
  const { metadata } = await createObject<Job & ObjectReference>(cluster, {
    ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "migration", namespace, labels } },
    spec: { suspend: true, template: { metadata: { labels: { [LABEL.attempt]: "2" } }, spec } },
  });
  const owner = { apiVersion: "batch/v1", kind: "Job", name: "migration", uid: metadata?.uid };
  await createObject(cluster, {
    ...{ apiVersion: "v1", kind: "Pod", spec },
    metadata: { name: "migration", namespace, labels, ownerReferences: [owner] },
  });
  const end = (exitCode: number) => {
    const ended = {
      ...container,
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode } },
    };
    const status = JSON.stringify({ status: { phase: "Running", containerStatuses: [ended] } });
    const patch = ["patch", "pod", "migration", "--subresource=status", "--type=merge", `--patch=${status}`];
    kubectl("--namespace", namespace, ...patch);
  };
  end(0);
  expect(await factsOf(namespace)).toEqual({ attempts: { migration: 2 } });
  end(4);
  expect(await factsOf(namespace)).toEqual({ attempts: { migration: 3 } });
});

test("a namespace that is being removed counts as removed, once it is", async () => {
  const namespace = await createNamespace({ [LABEL.owner]: "another/dev/1a2b3c" });
  kubectl("delete", "namespace", namespace, "--wait=false");
  expect(await factsOf(namespace, false)).toEqual({ attempts: {} });
  expect(await factsOf(namespace)).toEqual({ attempts: {} });
  expect(kubectl("get", "namespaces", "--output", "name")).not.toContain(namespace);
});
