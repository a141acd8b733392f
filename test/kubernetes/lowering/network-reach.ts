import type { NetworkPolicyManifest } from "../../../src/kubernetes/lowering/manifest.ts";
import type { Labels } from "../../../src/model/labels.ts";

type Rules = NonNullable<NetworkPolicyManifest["spec"]["egress"]>;
type Peer = NonNullable<Rules[number]["to"]>[number];
type Selector = NonNullable<Peer["podSelector"]>;

/** Another end of a connection: a pod, by its labels and those of its namespace, or an IPv4 address. */
export type End = Pod | { readonly address: string };
interface Pod {
  readonly labels: Labels;
  /** Absent: the namespace of the policies. */
  readonly namespace?: Labels;
}

/**
 * Whether a pod may open a connection, by the rules of
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/: a policy isolates the pods that
 * it selects, rules add up, and both ends must allow the connection.
 */
export function mayConnect(
  policies: readonly NetworkPolicyManifest[],
  from: End,
  to: End,
  port = 6379,
): boolean {
  return allows(policies, "Egress", from, to, port) && allows(policies, "Ingress", to, from, port);
}

function allows(
  policies: readonly NetworkPolicyManifest[],
  direction: "Ingress" | "Egress",
  pod: End,
  other: End,
  port: number,
): boolean {
  if (!("labels" in pod) || pod.namespace) return true;
  const isolating = policies
    .map(({ spec }) => spec)
    .filter((spec) => spec.policyTypes?.includes(direction) && selects(spec.podSelector, pod.labels));
  if (isolating.length === 0) return true;
  return isolating.some((spec) =>
    direction === "Egress"
      ? spec.egress?.some(({ to, ports }) => matchesPort(ports, port) && matchesPeer(to, other))
      : spec.ingress?.some(({ from, ports }) => matchesPort(ports, port) && matchesPeer(from, other)),
  );
}

function matchesPort(ports: Rules[number]["ports"], port: number): boolean {
  return ports === undefined || ports.some((allowed) => allowed.port === port);
}

function matchesPeer(peers: readonly Peer[] | undefined, end: End): boolean {
  return peers === undefined || peers.some((peer) => isPeer(peer, end));
}

function isPeer({ ipBlock, namespaceSelector, podSelector = {} }: Peer, end: End): boolean {
  if ("address" in end) {
    if (ipBlock === undefined || !contains(ipBlock.cidr, end.address)) return false;
    return !ipBlock.except?.some((range) => contains(range, end.address));
  }
  if (ipBlock !== undefined) return false;
  const inNamespace = namespaceSelector ? selects(namespaceSelector, end.namespace ?? {}) : !end.namespace;
  return inNamespace && selects(podSelector, end.labels);
}

/** Whether a selector matches labels. The policies use `matchLabels` alone. */
export function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function contains(range: string, address: string): boolean {
  if (range.includes(":")) return false;
  const [base = "", bits] = range.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numeric(base) / size) === Math.floor(numeric(address) / size);
}

function numeric(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
