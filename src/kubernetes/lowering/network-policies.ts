import { isIP } from "node:net";
import type { Plan, PlannedNetwork } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { NetworkPolicyManifest } from "./manifest.ts";
import { networkLabel, objectLabels, objectMetadata, partSelector, sandboxLabels } from "./object-labels.ts";

/**
 * Addresses that a way out does not lead to: private and link-local ones. They include other pods, the API
 * server and the cloud's metadata service.
 */
const CLOSED = {
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

/**
 * The policies of a sandbox: nothing is allowed but DNS, the pods of a common network, and from networks that
 * are not internal the way out.
 */
export function networkPolicies(
  plan: Plan,
  placement: KubernetesPlacement,
): readonly NetworkPolicyManifest[] {
  const labels = sandboxLabels(plan, placement);
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: objectMetadata(placement, "default-deny", labels),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: objectMetadata(placement, "dns", labels),
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
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
          },
        ],
      },
    },
    ...plan.networks.map((network) => networkPolicy(plan, network, placement)),
    ...mirrorPolicies(plan, placement),
  ];
}

/** Lets Docker daemons with a way out reach a registry mirror at an IP address, also at a private one. */
function mirrorPolicies(plan: Plan, placement: KubernetesPlacement): readonly NetworkPolicyManifest[] {
  const { registryMirror = "" } = placement.network;
  const { protocol, hostname, port } = URL.parse(registryMirror) ?? {};
  const address = hostname?.replace(/^\[|\]$/g, "") ?? "";
  const open = new Set(plan.networks.filter(({ internal }) => !internal).map(({ key }) => key));
  const daemons = plan.services.filter(
    ({ dockerDaemon, networks }) => dockerDaemon && networks.some((key) => open.has(key)),
  );
  if (isIP(address) === 0) return [];
  const egress = {
    to: [{ ipBlock: { cidr: `${address}/${isIP(address) === 4 ? 32 : 128}` } }],
    ports: [{ protocol: "TCP", port: Number(port) || (protocol === "https:" ? 443 : 80) }],
  };
  return daemons.map(({ key }) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: objectMetadata(placement, `${key}-registry-mirror`, sandboxLabels(plan, placement)),
    spec: {
      podSelector: { matchLabels: partSelector(key, "service") },
      policyTypes: ["Egress"],
      egress: [egress],
    },
  }));
}

function networkPolicy(
  plan: Plan,
  { key, internal }: PlannedNetwork,
  placement: KubernetesPlacement,
): NetworkPolicyManifest {
  const members = { matchLabels: { [networkLabel(key)]: "true" } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: objectMetadata(placement, `network-${key}`, objectLabels(plan, key, "network", placement)),
    spec: {
      podSelector: members,
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: members }] }],
      egress: [
        { to: [{ podSelector: members }] },
        ...(internal
          ? []
          : [{ to: Object.entries(CLOSED).map(([cidr, except]) => ({ ipBlock: { cidr, except } })) }]),
      ],
    },
  };
}
