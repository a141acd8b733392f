import { DNS, PRIVATE_ADDRESSES } from "../../kubernetes/lowering/network-policies.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";
import type { RunnerNamespaces } from "./runner-namespaces.ts";

/** The port of gitlab-runner's metrics. */
export const METRICS_PORT = 9252;

/**
 * The policies of a runner: nothing reaches jobs or gitlab-runner, and jobs reach DNS, public addresses, and
 * the private ones that the runner lists. So they do not reach each other, nor the API server unless they
 * start sandboxes.
 */
export function runnerPolicies(runner: KubernetesRunner, { jobs, manager }: RunnerNamespaces) {
  const { reachableAddresses = [], sandboxes, metricsFrom } = runner;
  const everywhere = Object.entries(PRIVATE_ADDRESSES).map(([cidr, except]) => ({
    ipBlock: { cidr, except },
  }));
  const listed = [...reachableAddresses, ...(sandboxes?.apiServer ?? [])].map((cidr) => ({
    ipBlock: { cidr },
  }));
  const scraper = { matchLabels: { "kubernetes.io/metadata.name": metricsFrom ?? "" } };
  const metrics = {
    from: [{ namespaceSelector: scraper }],
    ports: [{ protocol: "TCP", port: METRICS_PORT }],
  };
  return [
    policy(jobs, "jobs", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [DNS, { to: [...everywhere, ...listed] }],
    }),
    policy(manager, "gitlab-runner", {
      podSelector: {},
      policyTypes: ["Ingress"],
      ...(metricsFrom !== undefined && { ingress: [metrics] }),
    }),
  ];
}

function policy<Spec>(namespace: string, name: string, spec: Spec) {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec,
  } as const;
}
