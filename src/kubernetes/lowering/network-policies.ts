import { isIP } from "node:net";
import type { Labels } from "../../model/labels.ts";
import type { PlannedNetwork } from "../../model/plan/plan.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { NetworkPolicyManifest } from "./manifest.ts";
import { networkLabel, objectHead, objectLabels, partSelector } from "./object-labels.ts";
import { scopeLabels } from "./sandbox-scope.ts";

/**
 * Addresses that a way out does not lead to: private and link-local ones. They include other pods, the API
 * server and the cloud's metadata service.
 */
export const PRIVATE_ADDRESSES = {
  "0.0.0.0/0": [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
  ],
  "::/0": ["::1/128", "fc00::/7", "fe80::/10"],
} as const;

/** The way to the DNS server of the cluster. */
export const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** The name of the policy that denies all traffic, within a sandbox. */
export const DENIAL = "default-deny";

/**
 * The policies of a sandbox: nothing is allowed but DNS, the pods of a common network, and from networks that
 * are not internal the way out.
 */
export function networkPolicies(placed: PlacedPlan): {
  readonly denial: NetworkPolicyManifest;
  readonly others: readonly NetworkPolicyManifest[];
} {
  const podSelector = podsWith(scopeLabels(placed.placement));
  return {
    denial: policy(placed, DENIAL, { podSelector, policyTypes: ["Ingress", "Egress"] }),
    others: [
      policy(placed, "dns", { podSelector, policyTypes: ["Egress"], egress: [DNS] }),
      ...placed.plan.networks.map((network) => networkPolicy(placed, network)),
      ...mirrorPolicies(placed),
    ],
  };
}

/** A selector of the pods with these labels. Without labels, it selects each pod of the namespace. */
function podsWith(labels: Labels) {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels };
}

/** Lets Docker daemons with a way out reach a registry mirror at an IP address, also at a private one. */
function mirrorPolicies(placed: PlacedPlan): readonly NetworkPolicyManifest[] {
  const { networks, services } = placed.plan;
  const { registryMirror = "" } = placed.placement.network;
  const { protocol, hostname, port } = URL.parse(registryMirror) ?? {};
  const address = hostname?.replace(/^\[|\]$/g, "") ?? "";
  if (isIP(address) === 0) return [];
  const egress = {
    to: [{ ipBlock: { cidr: `${address}/${isIP(address) === 4 ? 32 : 128}` } }],
    ports: [{ protocol: "TCP", port: Number(port) || (protocol === "https:" ? 443 : 80) }],
  };
  return services
    .filter((service) => service.dockerDaemon)
    .filter((daemon) => networks.some(({ key, internal }) => !internal && daemon.networks.includes(key)))
    .map(({ key }) =>
      policy(placed, `${key}-registry-mirror`, {
        podSelector: { matchLabels: partSelector(placed.placement, key, "service") },
        policyTypes: ["Egress"],
        egress: [egress],
      }),
    );
}

function networkPolicy(placed: PlacedPlan, { key, internal }: PlannedNetwork): NetworkPolicyManifest {
  const members = podsWith({ ...scopeLabels(placed.placement), [networkLabel(key)]: "true" });
  const wayOut = {
    to: Object.entries(PRIVATE_ADDRESSES).map(([cidr, except]) => ({ ipBlock: { cidr, except } })),
  };
  const spec = {
    podSelector: members,
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ podSelector: members }] }],
    egress: [{ to: [{ podSelector: members }] }, ...(internal ? [] : [wayOut])],
  };
  return policy(placed, `network-${key}`, spec, objectLabels(placed, key, "network"));
}

function policy(
  placed: PlacedPlan,
  name: string,
  spec: NetworkPolicyManifest["spec"],
  labels?: Labels,
): NetworkPolicyManifest {
  return { ...objectHead(placed, "networking.k8s.io/v1", "NetworkPolicy", name, labels), spec };
}
