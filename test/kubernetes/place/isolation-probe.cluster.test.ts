import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createObject } from "../../../src/kubernetes/api/objects.ts";
import { enforcesPolicies } from "../../../src/kubernetes/place/isolation-probe.ts";
import { type NamespaceWatch, watchNamespace } from "../../../src/kubernetes/readiness/namespace-watch.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { type CreatedNamespace, createNamespace } from "../created-namespace.ts";

const end = new AbortController();
let created: CreatedNamespace;
let watch: NamespaceWatch;

beforeAll(async () => {
  created = await createNamespace(sandbox("probed", { services: {} }));
  watch = watchNamespace(created.cluster, created, end.signal);
});

afterAll(async () => {
  await created.remove();
  end.abort();
});

function probe(): Promise<boolean> {
  const { namespace } = created;
  const placement = { namespace, privilegedImages: [], network: {}, projectFiles: {} };
  return enforcesPolicies(watch, placement, AbortSignal.timeout(60_000));
}

test("enforced policies are found", async () => {
  expect(await probe()).toBe(true);
});

test("pods that reach each other in spite of the policies are found", async () => {
  await createObject(created.cluster, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "everything", namespace: created.namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
  });
  expect(await probe()).toBe(false);
});
