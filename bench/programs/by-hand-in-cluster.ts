import { readFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** The interval between two requests for a Deployment, in milliseconds. */
const PAUSE = 50;

/** The kubeconfig of `nestbox cluster start`: one context, and a user with a token. */
const {
  clusters: [{ cluster }],
  users: [{ user }],
} = parse(readFileSync(process.env.KUBECONFIG ?? "", "utf8"));
const ca = Buffer.from(cluster["certificate-authority-data"], "base64");
const agent = new Agent({ keepAlive: true, ca });
const headers = { authorization: `Bearer ${user.token}` };

/** Waits until the pod of a Deployment is ready. A preview has no Deployment. */
async function untilReady({ namespace, name, generation = 0 }: k8s.types.output.meta.v1.ObjectMeta) {
  if (pulumi.runtime.isDryRun()) return;
  for (;;) {
    const { status } = await deploymentOf(namespace, name);
    if ((status?.observedGeneration ?? 0) >= generation && status?.readyReplicas === 1) break;
    await pause(PAUSE);
  }
  agent.destroy();
}

async function deploymentOf(namespace: string, name: string) {
  const address = `${cluster.server}/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const answer = await new Promise<string>((resolve, reject) => {
    get(address, { agent, headers }, (response) => text(response).then(resolve, reject)).on("error", reject);
  });
  return JSON.parse(answer) as {
    readonly status?: { readonly observedGeneration?: number; readonly readyReplicas?: number };
  };
}

const NAME = "bench-by-hand";
const LABELS = {
  "bench.owner": "bench-bench-000000",
  "bench.project": "bench",
  "bench.stack": "bench",
  "bench.sandbox": "one",
  "bench.component": "one",
};
const PART = { "bench.kind": "service", "bench.part": "cache" };
const ON_NETWORK = { "bench.network/default": "true" };
const PROBE = { exec: { command: ["sh", "-c", "redis-cli ping | grep -q PONG"] }, timeoutSeconds: 5 };
const PRIVATE = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
];
const PUBLIC = {
  to: [
    { ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE } },
    { ipBlock: { cidr: "::/0", except: ["::1/128", "fc00::/7", "fe80::/10"] } },
  ],
};
const NAME_SERVERS = {
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

/** The same objects with the same properties, written without Nestbox. */
class Sandbox extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly services: pulumi.Output<unknown>;

  constructor(name: string) {
    super("bench:index:Sandbox", name);
    const annotations = {
      "pulumi.com/skipAwait": "true",
      "pulumi.com/deletionPropagationPolicy": "background",
    };
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name: NAME,
          labels: { ...LABELS, "pod-security.kubernetes.io/enforce": "baseline" },
          annotations: {
            ...annotations,
            "bench.created": "2026-01-01T00:00:00Z",
            "bench.time-to-live": "1d",
          },
        },
      },
      { parent: this },
    );
    const inside = { parent: this, dependsOn: [namespace], deletedWith: namespace };
    const named = (own: string, labels = {}) => ({
      metadata: { name: own, namespace: NAME, labels: { ...LABELS, ...labels }, annotations },
    });
    const policy = (own: string, spec: k8s.types.input.networking.v1.NetworkPolicySpec, labels = {}) =>
      new k8s.networking.v1.NetworkPolicy(`${name}-${own}`, { ...named(own, labels), spec }, inside);
    const before = [
      new k8s.core.v1.ResourceQuota(
        `${name}-quota`,
        {
          ...named("sandbox"),
          spec: { hard: { pods: "12", "services.nodeports": "0", "services.loadbalancers": "0" } },
        },
        inside,
      ),
      new k8s.core.v1.LimitRange(
        `${name}-limits`,
        {
          ...named("sandbox"),
          spec: { limits: [{ type: "Container", defaultRequest: { cpu: "10m", memory: "16Mi" } }] },
        },
        inside,
      ),
      policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
      policy("dns", { podSelector: {}, policyTypes: ["Egress"], egress: [NAME_SERVERS] }),
      policy(
        "network-default",
        {
          podSelector: { matchLabels: ON_NETWORK },
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [{ podSelector: { matchLabels: ON_NETWORK } }] }],
          egress: [{ to: [{ podSelector: { matchLabels: ON_NETWORK } }] }, PUBLIC],
        },
        { "bench.kind": "network", "bench.part": "default" },
      ),
      new k8s.core.v1.Service(
        `${name}-cache`,
        { ...named("cache", PART), spec: { selector: PART, ports: [{ port: 6379 }] } },
        inside,
      ),
    ];
    const cache = new k8s.apps.v1.Deployment(
      `${name}-cache`,
      {
        ...named("cache", PART),
        spec: {
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: PART },
          template: {
            metadata: { labels: { ...LABELS, ...PART, ...ON_NETWORK } },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              terminationGracePeriodSeconds: 10,
              securityContext: { seccompProfile: { type: "RuntimeDefault" } },
              containers: [
                {
                  name: "service",
                  image: "redis:7-alpine",
                  ports: [{ containerPort: 6379 }],
                  startupProbe: { ...PROBE, periodSeconds: 1, failureThreshold: 30 },
                  readinessProbe: { ...PROBE, periodSeconds: 10, failureThreshold: 3 },
                },
              ],
            },
          },
        },
      },
      { ...inside, dependsOn: [namespace, ...before], deleteBeforeReplace: true },
    );
    const ready = cache.metadata.apply(untilReady);
    this.namespace = namespace.metadata.name;
    this.services = pulumi
      .all([this.namespace, ready])
      .apply(() => ({ cache: { host: "cache", port: "6379", aliases: ["cache"] } }));
    this.registerOutputs({ namespace: this.namespace, services: this.services });
  }
}

export const { namespace, services } = new Sandbox("one");
