import { randomBytes } from "node:crypto";
import { afterAll, expect, test } from "@jest/globals";
import { createObject, deleteObject } from "../../src/kubernetes/api/objects.ts";
import { lowerToKubernetes } from "../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import type { PodSettings } from "../../src/kubernetes/pod-settings.ts";
import { watchNamespace } from "../../src/kubernetes/readiness/namespace-watch.ts";
import { progressOf } from "../../src/kubernetes/readiness/service-progress.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { testCluster } from "./created-namespace.ts";

const idle = { image: "alpine:3.19", command: ["sh", "-c", "while :; do sleep 1; done"] };
const declared = sandbox("bounded", {
  services: { first: { ...idle, ports: [80] }, second: { ...idle, after: { first: "ready" } } },
});

const cluster = testCluster();
const end = new AbortController();
afterAll(() => end.abort());

interface Rule {
  readonly apiVersion: "v1";
  readonly kind: "ResourceQuota" | "LimitRange";
  readonly spec: object;
}

const QUOTA: Rule = {
  ...{ apiVersion: "v1", kind: "ResourceQuota" },
  spec: { hard: { "limits.cpu": "8", "limits.memory": "8Gi" } },
};

const RANGE: Rule = {
  ...{ apiVersion: "v1", kind: "LimitRange" },
  spec: {
    limits: [
      {
        type: "Container",
        min: { cpu: "50m", memory: "32Mi" },
        maxLimitRequestRatio: { cpu: "2", memory: "2" },
      },
    ],
  },
};

const TAKEN = "its pod is created";

/** Starts the second service in a namespace with rules of its own, and returns how that ended. */
async function start(rule: Rule, pods: PodSettings): Promise<string> {
  const namespace = `bounded-${randomBytes(3).toString("hex")}`;
  const placement = { namespace, privilegedImages: [], network: {}, projectFiles: {}, pods };
  const objects = lowerToKubernetes(plan(declared, { profiles: "all" }), placement);
  const second = objects.services.find(({ key }) => key === "second");
  if (second === undefined) throw new RangeError("second");
  await createObject(cluster, objects.root);
  try {
    await createObject(cluster, { ...rule, metadata: { name: "team", namespace } });
    for (const bound of objects.bounds) await createObject(cluster, bound);
    for (const service of objects.services)
      for (const alias of service.services) await createObject(cluster, alias);
    await createObject(cluster, second.workload);
    const watch = watchNamespace(cluster, { namespace }, end.signal);
    return await watch.until((objects) => {
      const progress = progressOf(objects, second.workload);
      if (progress.kind === "failed") return progress.reason;
      return objects.pods.length > 0 ? TAKEN : undefined;
    }, end.signal);
  } finally {
    await deleteObject(cluster, objects.root);
  }
}

test("a quota of limits takes helper containers, and services with the limits of the settings", async () => {
  const refused = await start(QUOTA, {});
  expect(refused).toMatch(
    /must specify limits\.cpu for: service; .*limits, or set limits in nestbox:kubernetes$/,
  );
  expect(await start(QUOTA, { limits: { cpu: "1", memory: "256Mi" } })).toBe(TAKEN);
});

test("a LimitRange with a minimum and a ratio takes the amounts of the settings", async () => {
  expect(await start(RANGE, {})).toMatch(/set requests, limits and helper in nestbox:kubernetes$/);
  const amounts = {
    requests: { cpu: "100m", memory: "64Mi" },
    limits: { cpu: "200m", memory: "128Mi" },
  };
  expect(await start(RANGE, { ...amounts, helper: amounts })).toBe(TAKEN);
});
