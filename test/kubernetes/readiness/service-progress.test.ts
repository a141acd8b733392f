import { expect, test } from "@jest/globals";
import type { Deployment, ReplicaSet } from "kubernetes-types/apps/v1.js";
import type { Event, Pod, PodStatus, PodTemplateSpec } from "kubernetes-types/core/v1.js";
import type { NamespaceObjects } from "../../../src/kubernetes/readiness/namespace-watch.ts";
import { progressOf } from "../../../src/kubernetes/readiness/service-progress.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { loweredService } from "../lowering/placed-manifests.ts";

const { workload } = loweredService(
  sandbox("shop", {
    volumes: ["data"],
    services: { db: { image: "postgres:17-alpine", volumes: { "/data": "data" } } },
  }),
  "db",
);

function template(version: string, hash?: string): PodTemplateSpec {
  const labels = { app: "db", ...(hash !== undefined && { "pod-template-hash": hash }) };
  return { metadata: { labels, annotations: { version } }, spec: { containers: [] } };
}

const selector = {};

function deployment(generation: number, observedGeneration: number): Deployment {
  const metadata = { name: "db", uid: "d", generation };
  return { metadata, spec: { selector, template: template("2") }, status: { observedGeneration } };
}

function replicaSet(uid: string, version: string, refusal?: string): ReplicaSet {
  return {
    metadata: { uid, ownerReferences: [owner("d")] },
    spec: { selector, template: template(version, uid) },
    ...(refusal !== undefined && {
      status: {
        replicas: 0,
        conditions: [{ type: "ReplicaFailure", status: "True", message: `Error creating: ${refusal}` }],
      },
    }),
  };
}

function pod(set: string, status: PodStatus): Pod {
  return { metadata: { name: `db-${set}`, uid: `pod-${set}`, ownerReferences: [owner(set)] }, status };
}

function owner(uid: string) {
  return { uid, apiVersion: "v1", kind: "any", name: "any" };
}

function event(kind: string, name: string, reason: string, message: string): Event {
  return { metadata: {}, involvedObject: { kind, name, uid: `pod-new` }, reason, message };
}

function progress(objects: Partial<NamespaceObjects>) {
  return progressOf(
    {
      ...{ jobs: [], pods: [], events: [] },
      deployments: [deployment(3, 3)],
      replicaSets: [replicaSet("old", "1"), replicaSet("new", "2")],
      ...objects,
    },
    workload,
  );
}

const READY: PodStatus = { conditions: [{ type: "Ready", status: "True" }] };
const UNSCHEDULED: PodStatus = {
  phase: "Pending",
  conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }],
};

test("only the pods of the current template count", () => {
  expect(progress({ pods: [pod("old", READY)] })).toEqual({ kind: "waiting" });
  const replicaSets = [replicaSet("old", "1")];
  expect(progress({ pods: [pod("old", READY)], replicaSets })).toEqual({ kind: "waiting" });
  expect(progress({ pods: [pod("new", READY)], deployments: [deployment(4, 3)] })).toEqual({
    kind: "waiting",
  });
  expect(progress({ pods: [pod("old", READY), pod("new", READY)] })).toEqual({
    kind: "ready",
    pod: "db-new",
  });
});

test("a restart counts as a crash, even while the container runs again", () => {
  const restarted = { name: "service", image: "", imageID: "", restartCount: 1, ready: false };
  const status = {
    containerStatuses: [
      { ...restarted, state: { running: {} }, lastState: { terminated: { exitCode: 7, reason: "Error" } } },
    ],
  };
  const crash = { kind: "failed", pod: "db-new", container: "service" };
  expect(progress({ pods: [pod("new", status)] })).toEqual({ ...crash, reason: "ended with exit code 7" });
  const probe = event(
    "Pod",
    "db-new",
    "Killing",
    "Container service failed startup probe, will be restarted",
  );
  expect(progress({ pods: [pod("new", status)], events: [probe] })).toEqual(crash);
});

test("an eviction is told with its message", () => {
  const status = {
    phase: "Failed",
    reason: "Evicted",
    message: "Pod ephemeral local storage usage exceeds 1Mi. ",
  };
  expect(progress({ pods: [pod("new", status)] })).toEqual({
    kind: "failed",
    pod: "db-new",
    reason: "evicted: Pod ephemeral local storage usage exceeds 1Mi.",
  });
});

test.each([
  ["restricted", "; declare a numeric user that its image can run as, "],
  ["baseline", "; remove what the level does not allow, or set podSecurity: privileged "],
])("a pod that the level %s of Pod Security refuses is told with the remedy", (level, remedy) => {
  const message = `pods "db-1" is forbidden: violates PodSecurity "${level}:latest": privileged`;
  expect(progress({ replicaSets: [replicaSet("new", "2", message)] })).toEqual({
    kind: "failed",
    reason: expect.stringContaining(`${message}${remedy}`),
  });
});

test("a pod that the API server refuses fails, unless the reason passes by itself", () => {
  const refusal = (message: string) => progress({ replicaSets: [replicaSet("new", "2", message)] });
  const quota = 'pods "db-1" is forbidden: exceeded quota: team';
  expect(refusal(quota)).toEqual({
    kind: "failed",
    reason: `its pod is not created: ${quota}; raise the quota, or declare less`,
  });
  const account = 'pods "db-1" is forbidden: error looking up service account a/default: not found';
  expect(refusal(account)).toEqual({ kind: "held", reason: `its pod is not created: ${account}` });
});

test("a volume without a storage class fails, and a pod without a node may still get one", () => {
  const pods = [pod("new", UNSCHEDULED)];
  const unscheduled = { kind: "held", pod: "db-new", reason: "gets no node: 0/1 nodes are available" };
  expect(progress({ pods })).toEqual(unscheduled);
  const other = event("PersistentVolumeClaim", "other", "FailedBinding", "no storage class is set");
  expect(progress({ pods, events: [other] })).toEqual(unscheduled);
  const own = event("PersistentVolumeClaim", "data", "FailedBinding", "no storage class is set");
  expect(progress({ pods, events: [own] })).toEqual({
    kind: "failed",
    pod: "db-new",
    reason: "volume data: no storage class is set; choose a storage class",
  });
  const growth = event("Pod", "db-new", "TriggeredScaleUp", "pod triggered scale-up");
  expect(progress({ pods, events: [growth] })).toEqual({ kind: "waiting" });
});

const SCHEDULED: PodStatus = {
  phase: "Pending",
  conditions: [{ type: "PodScheduled", status: "True" }],
  containerStatuses: [
    {
      ...{ name: "service", image: "", imageID: "", restartCount: 0, ready: false },
      state: { waiting: { reason: "ContainerCreating" } },
    },
  ],
};

test("a volume that is not mounted holds a pod until its containers are created", () => {
  const pods = [pod("new", SCHEDULED)];
  const missing = 'MountVolume.SetUp failed for volume "files" : configmap "db" not found';
  const events = [event("Pod", "db-new", "FailedMount", missing)];
  const held = { kind: "held", pod: "db-new" };
  expect(progress({ pods, events })).toEqual({ ...held, reason: missing, passesWithin: 10_000 });
  const pulling = event("Pod", "db-new", "Pulling", 'Pulling image "postgres:17-alpine"');
  expect(progress({ pods, events: [...events, pulling] })).toEqual({ kind: "waiting" });
  expect(progress({ pods: [pod("other", SCHEDULED)], events })).toEqual({ kind: "waiting" });
});

test("a volume that cannot be attached, or whose driver is not there yet, may pass for longer", () => {
  const messages = [
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-old',
    'MountVolume.MountDevice failed for volume "pvc-1" : driver name disk not found in the list of drivers',
  ];
  for (const [index, message] of messages.entries()) {
    const events = [event("Pod", "db-new", ["FailedAttachVolume", "FailedMount"][index] ?? "", message)];
    expect(progress({ pods: [pod("new", SCHEDULED)], events })).toEqual({
      ...{ kind: "held", pod: "db-new", reason: message },
      passesWithin: 30_000,
    });
  }
});

test("a pod that gets no sandbox is held, whatever was not mounted before", () => {
  const message = "Failed to create pod sandbox: plugin is not ready";
  const unmounted = event("Pod", "db-new", "FailedMount", 'configmap "db" not found');
  const events = [event("Pod", "db-new", "FailedCreatePodSandBox", message), unmounted];
  const pods = [pod("new", SCHEDULED)];
  expect(progress({ pods, events })).toEqual({
    ...{ kind: "held", pod: "db-new", reason: message },
    passesWithin: 30_000,
  });
  const pulled = event("Pod", "db-new", "Pulled", "Image is already present");
  expect(progress({ pods, events: [...events, pulled] })).toEqual({ kind: "waiting" });
});

test("a claim that does not exist holds a pod for a short time only", () => {
  const message = 'persistentvolumeclaim "data" not found';
  const conditions = [{ type: "PodScheduled", status: "False", message }];
  expect(progress({ pods: [pod("new", { phase: "Pending", conditions })] })).toEqual({
    ...{ kind: "held", pod: "db-new", reason: `gets no node: ${message}` },
    passesWithin: 10_000,
  });
});

function unpulled(reason: string, message: string): Pod {
  const state = { waiting: { reason, message } };
  const container = { name: "service", image: "r.test/db:1", imageID: "", restartCount: 0, ready: false };
  return pod("new", { ...SCHEDULED, containerStatuses: [{ ...container, state }] });
}

test("an image that cannot be pulled holds a pod for as long as its credentials may come", () => {
  const pods = [unpulled("ImagePullBackOff", "no basic auth credentials")];
  const held = { kind: "held", pod: "db-new", passesWithin: 30_000 };
  const reason = "its image r.test/db:1 cannot be pulled: no basic auth credentials";
  expect(progress({ pods })).toEqual({ ...held, reason });
  const remedy = "have the cluster put it into each new namespace";
  const secret =
    "Unable to retrieve some image pull secrets (registry); attempting to pull the image may fail.";
  expect(
    progress({ pods, events: [event("Pod", "db-new", "FailedToRetrieveImagePullSecret", secret)] }),
  ).toEqual({
    ...held,
    reason: `${reason}; its namespace had no Secret registry: ${remedy}`,
  });
});

test("an image that does not exist, and an illegal name, fail at once", () => {
  const absent = progress({ pods: [unpulled("ErrImagePull", "r.test/db:1: not found")] });
  expect(absent).toMatchObject({ kind: "failed" });
  const illegal = progress({ pods: [unpulled("InvalidImageName", "couldn't parse image name")] });
  expect(illegal).toMatchObject({ kind: "failed" });
});

test("a container that an admission controller adds is not the service", () => {
  const added = { name: "agent", image: "agent:1", imageID: "1", restartCount: 0, ready: false };
  const own = { name: "service", image: "", imageID: "", restartCount: 0, ready: false };
  const ended = { ...added, state: { terminated: { exitCode: 1 } } };
  const starts = { ...own, state: { waiting: { reason: "ContainerCreating" } } };
  const status = { ...SCHEDULED, containerStatuses: [ended, starts] };
  expect(progress({ pods: [pod("new", status)] })).toEqual({ kind: "waiting" });
  const crashed = { ...own, state: { terminated: { exitCode: 7 } } };
  const pods = [pod("new", { ...status, containerStatuses: [ended, crashed] })];
  expect(progress({ pods })).toMatchObject({ kind: "failed", reason: "ended with exit code 7" });
});

test("a node that does not answer holds a pod, and one with a disk for longer", () => {
  const onNode = (spec: object): Pod => ({
    ...pod("new", { phase: "Pending", conditions: SCHEDULED.conditions ?? [] }),
    spec: { containers: [], nodeName: "node-1", ...spec },
  });
  const reason = "node node-1 has not begun to start its pod; look at the node and its kubelet";
  const held = { kind: "held", pod: "db-new", reason };
  expect(progress({ pods: [onNode({})] })).toEqual({ ...held, passesWithin: 30_000 });
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  expect(progress({ pods: [onNode({ volumes })] })).toEqual({ ...held, passesWithin: 120_000 });
  const pulling = event("Pod", "db-new", "Pulling", "Pulling image");
  expect(progress({ pods: [onNode({})], events: [pulling] })).toEqual({ kind: "waiting" });
});

test("a claim that waits for its driver holds a pod that has no node yet", () => {
  const message = "Waiting for a volume to be created by the external provisioner 'disk.test'";
  const events = [event("PersistentVolumeClaim", "data", "ExternalProvisioning", message)];
  expect(progress({ pods: [pod("new", { phase: "Pending" })], events })).toEqual({
    ...{ kind: "held", pod: "db-new", reason: `volume data: ${message}` },
    passesWithin: 30_000,
  });
});
