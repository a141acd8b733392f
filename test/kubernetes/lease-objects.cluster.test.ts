import { randomBytes } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../src/kubernetes/api/kubeconfig.ts";
import { leaseObjects } from "../../src/kubernetes/lease-objects.ts";
import { LABEL } from "../../src/model/labels.ts";
import { LeaseLost, readLeases, withLease } from "../../src/ownership/lease.ts";
import { kubectl, kubectlCommand } from "../kubectl.ts";
import { leaseCases } from "../ownership/lease-cases.ts";

let cluster: Cluster;

beforeAll(() => {
  cluster = clusterOf(readContext(kubectlCommand().env), process.env);
});

leaseCases(() => ({
  store: leaseObjects(cluster),
  expression: "leaseObjects(clusterOf(readContext(process.env), process.env))",
  imports: {
    "kubernetes/lease-objects.ts": "leaseObjects",
    "kubernetes/api/cluster.ts": "clusterOf",
    "kubernetes/api/kubeconfig.ts": "readContext",
  },
  environment: kubectlCommand().env,
}));

const owner = `nestbox-test/Objects_${randomBytes(4).toString("hex")}/000000`;
const labels = { [LABEL.owner]: owner, [LABEL.project]: "nestbox-test", [LABEL.stack]: "objects" };

test("a lease is an object that kubectl shows, and a holder that somebody replaced has lost it", async () => {
  const store = leaseObjects(cluster);
  await withLease(store, { labels, covers: "work" }, async (lease) => {
    const [{ name = "", holder = "" } = {}] = await readLeases(store, owner);
    const words = ["--namespace", "nestbox-leases", "lease", name] as const;
    expect(kubectl("get", ...words, "-o", "jsonpath={.spec.holderIdentity}")).toBe(holder);
    kubectl("patch", ...words, "--type=merge", "--patch", '{"spec":{"holderIdentity":"somebody"}}');
    await expect(lease.confirm()).rejects.toThrow(LeaseLost);
  });
  const [theirs, ...others] = await readLeases(store, owner);
  expect(theirs).toMatchObject({ holder: "somebody" });
  expect(others).toEqual([]);
  if (theirs) await store.remove(theirs);
});

test("a change of a lease by hand, such as a label, does not take it away", async () => {
  const store = leaseObjects(cluster);
  await withLease(store, { labels, covers: "work" }, async (lease) => {
    const [{ name = "" } = {}] = await readLeases(store, owner);
    kubectl("label", "--namespace", "nestbox-leases", "lease", name, "noticed=yes");
    await lease.confirm();
    expect(lease.lost.aborted).toBe(false);
  });
  expect(await readLeases(store, owner)).toEqual([]);
});
