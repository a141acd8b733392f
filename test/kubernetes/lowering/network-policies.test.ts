import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { dind } from "../../../src/catalog/dind.ts";
import type { NetworkPolicyManifest } from "../../../src/kubernetes/lowering/manifest.ts";
import { type Sandbox, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Labels } from "../../../src/model/labels.ts";
import { mayConnect } from "./network-reach.ts";
import { manifestsOf } from "./placed-manifests.ts";

const box = sandbox("box", {
  networks: { public: {}, private: { internal: true } },
  services: {
    cache: { image: "a", networks: ["private"], ports: [6379] },
    gateway: { image: "a", networks: ["public", "private"], ports: [6379] },
  },
  jobs: { tests: { image: "a", networks: ["public"], script: ["true"] } },
});

function policiesOf(declared: Sandbox): readonly NetworkPolicyManifest[] {
  return manifestsOf(declared).filter((manifest) => manifest.kind === "NetworkPolicy");
}

/** The pods of services and jobs by key. */
function podsOf(declared: Sandbox): Readonly<Record<string, { readonly labels: Labels }>> {
  return Object.fromEntries(
    manifestsOf(declared).flatMap((manifest) => {
      if (manifest.kind !== "Deployment" && manifest.kind !== "Job") return [];
      const { labels = {} } = manifest.spec.template.metadata ?? {};
      return [[labels["nestbox.part"] ?? "", { labels }]];
    }),
  );
}

const policies = policiesOf(box);
const { cache = { labels: {} }, gateway = { labels: {} }, tests = { labels: {} } } = podsOf(box);

test("pods reach others on a common network, and no others", () => {
  expect(mayConnect(policies, tests, gateway)).toBe(true);
  expect(mayConnect(policies, gateway, cache)).toBe(true);
  expect(mayConnect(policies, cache, gateway)).toBe(true);
  expect(mayConnect(policies, tests, cache)).toBe(false);
  expect(mayConnect(policies, cache, tests)).toBe(false);
});

test("an internal network has no way out, others reach public addresses", () => {
  expect(mayConnect(policies, gateway, { address: "203.0.113.7" })).toBe(true);
  expect(mayConnect(policies, cache, { address: "203.0.113.7" })).toBe(false);
});

test.each([
  ["an API server", "10.96.0.1"],
  ["a metadata service", "169.254.169.254"],
  ["a node", "192.168.1.2"],
  ["a pod in a shared range", "100.64.3.4"],
  ["a host", "172.31.255.255"],
])("no pod reaches %s at its private address %s", (_, address) => {
  for (const pod of [cache, gateway, tests]) expect(mayConnect(policies, pod, { address })).toBe(false);
});

test("pods of other namespaces are out of reach and reach no pod, even with equal labels", () => {
  const elsewhere = { ...gateway, namespace: { "kubernetes.io/metadata.name": "other" } };
  expect(mayConnect(policies, gateway, elsewhere)).toBe(false);
  expect(mayConnect(policies, elsewhere, gateway)).toBe(false);
});

test("every pod reaches the cluster's DNS on port 53 alone", () => {
  const dns = {
    labels: { "k8s-app": "kube-dns" },
    namespace: { "kubernetes.io/metadata.name": "kube-system" },
  };
  const other = { ...dns, labels: { "k8s-app": "other" } };
  for (const pod of [cache, gateway, tests]) {
    expect(mayConnect(policies, pod, dns, 53)).toBe(true);
    expect(mayConnect(policies, pod, dns, 443)).toBe(false);
    expect(mayConnect(policies, pod, other, 53)).toBe(false);
  }
});

const NETWORKS = ["a", "b", "c"] as const;
const network = fc.record({ internal: fc.boolean() });
const joined = fc.subarray([...NETWORKS], { minLength: 1 });

test("exactly the pairs with a common network may connect", () => {
  fc.assert(
    fc.property(
      fc.record({ a: network, b: network, c: network }),
      fc.array(joined, { minLength: 1, maxLength: 4 }),
      joined,
      (networks, services, job) => {
        const members: Record<string, readonly string[]> = {
          ...Object.fromEntries(services.map((own, index) => [`service-${index}`, own])),
          job,
        };
        const declared = sandbox("box", {
          networks,
          services: Object.fromEntries(
            services.map((own, index) => [`service-${index}`, { image: "a", networks: own }]),
          ),
          jobs: { job: { image: "a", networks: job, script: ["true"] } },
        });
        const [rules, pods] = [policiesOf(declared), podsOf(declared)];
        for (const [from, fromNetworks] of Object.entries(members)) {
          const source = pods[from] ?? { labels: {} };
          for (const [to, toNetworks] of Object.entries(members)) {
            const common = fromNetworks.some((key) => toNetworks.includes(key));
            expect(mayConnect(rules, source, pods[to] ?? { labels: {} })).toBe(common);
          }
          const hasWayOut = fromNetworks.some((key) => !networks[key as "a" | "b" | "c"].internal);
          expect(mayConnect(rules, source, { address: "198.51.100.1" })).toBe(hasWayOut);
        }
      },
    ),
  );
});

test("only a Docker daemon with a way out reaches a registry mirror at a private address", () => {
  const daemons = sandbox("daemons", {
    networks: { public: {}, private: { internal: true } },
    services: {
      open: dind({ networks: ["public"] }),
      closed: dind({ networks: ["private"], alias: "closed" }),
      other: { image: "a", networks: ["public"] },
    },
  });
  const network = { registryMirror: "http://10.1.2.3:5000" };
  const rules = manifestsOf(daemons, { network }).filter((manifest) => manifest.kind === "NetworkPolicy");
  const reach = Object.entries(podsOf(daemons)).map(([key, pod]) => [
    key,
    mayConnect(rules, pod, { address: "10.1.2.3" }, 5000),
    mayConnect(rules, pod, { address: "10.1.2.3" }, 22),
  ]);
  expect(reach).toEqual([
    ["open", true, false],
    ["closed", false, false],
    ["other", false, false],
  ]);
});
