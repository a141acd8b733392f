import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createObject, deleteObject, listObjects } from "../../../src/kubernetes/api/objects.ts";
import { type NamespaceWatch, watchNamespace } from "../../../src/kubernetes/readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../../../src/kubernetes/readiness/wait-until-ready.ts";
import { runJobInCluster } from "../../../src/kubernetes/run-job.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { secret } from "../../../src/model/text.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { type CreatedNamespace, createNamespace } from "../created-namespace.ts";

const idle = { image: "alpine:3.19", command: ["sh", "-c", "while :; do sleep 1; done"] };
const files = { "/etc/a.conf": { content: "a\n" } };
const secretFile = { "/run/secrets/p": { content: secret("password") } };
const script = ["true"];

// In a cluster, anybody with permissions in the namespace can remove what a pod mounts, or change the pod.
const declared = sandbox("unstarted", {
  volumes: ["gone", "missing-folder", "disk"],
  services: {
    "no-claim": { ...idle, volumes: { "/data": "gone" } },
    "no-config-map": { ...idle, files },
    "late-config-map": { ...idle, files },
    "no-secret": { ...idle, files: secretFile },
    "no-folder": { ...idle, volumes: { "/data": "missing-folder" } },
    "no-disk": { ...idle, volumes: { "/data": "disk" } },
    "no-runtime": { ...idle, stop: { grace: "1s" } },
  },
  jobs: {
    "lacks-claim": { image: "alpine:3.19", script, volumes: { "/data": "gone" } },
    "lacks-folder": { image: "alpine:3.19", script, volumes: { "/data": "missing-folder" } },
  },
});

const end = new AbortController();
let created: CreatedNamespace;
let watch: NamespaceWatch;
/** What became of each service and job. They wait at the same time. */
const outcomes = new Map<string, Promise<unknown>>();

beforeAll(async () => {
  const missing = ["gone", "missing-folder", "disk", "no-config-map-files", "late-config-map-files"];
  created = await createNamespace(declared, missing);
  watch = watchNamespace(created.cluster, created, end.signal);
  // Before the rest: the kubelet tries again after ever longer pauses.
  awaitService("late-config-map");
  const late = createLateConfigMap();
  await claim("missing-folder", { hostPath: { path: "/no/such/folder", type: "Directory" } });
  await claim("disk", { csi: { driver: "disk.nestbox.test", volumeHandle: "one" } });
  // The scheduler tries again some seconds after a claim has come.
  await Promise.all(["no-folder", "no-disk"].map(untilScheduled));
  await takeRuntime("no-runtime");
  for (const key of Object.keys(declared.services)) if (!outcomes.has(key)) awaitService(key);
  for (const key of ["lacks-claim", "lacks-folder"]) {
    const run = { watch, job: created.job(key), projectFolder: process.cwd(), signal: end.signal };
    keepOutcome(key, runJobInCluster({ ...run, stdout: new PassThrough(), warn: () => {} }));
  }
  await late;
  await eventually(async () => failAttachment(`disk-${created.namespace}`), { within: "60s" });
});

afterAll(async () => {
  for (const name of ["missing-folder", "disk"]) await deleteObject(created.cluster, volume(name, {}));
  await deleteObject(created.cluster, runtimeClass());
  await created.remove();
  end.abort();
});

function awaitService(key: string): void {
  keepOutcome(key, waitUntilPodReady({ watch, service: created.service(key), signal: end.signal }));
}

function keepOutcome(key: string, outcome: Promise<unknown>): void {
  // A failure is what its test expects.
  outcome.catch(() => {});
  outcomes.set(key, outcome);
}

/** A volume that is made by hand for the claim of this name. */
function volume(claimed: string, source: object) {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${claimed}-${created.namespace}` },
    spec: {
      ...{ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] },
      ...{ claimRef: { namespace: created.namespace, name: claimed }, ...source },
    },
  };
}

async function claim(name: string, source: object): Promise<void> {
  const made = volume(name, source);
  await createObject(created.cluster, made);
  await createObject(created.cluster, {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim" },
    metadata: { name, namespace: created.namespace },
    spec: {
      ...{ storageClassName: "", volumeName: made.metadata.name, accessModes: ["ReadWriteOnce"] },
      resources: { requests: { storage: "1Gi" } },
    },
  });
}

function untilScheduled(key: string): Promise<unknown> {
  return watch.until(
    ({ pods }) => pods.find(({ metadata, spec }) => metadata?.name?.startsWith(`${key}-`) && spec?.nodeName),
    end.signal,
  );
}

/** A runtime that the node does not have. */
function runtimeClass() {
  return {
    ...{ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", handler: "missing" },
    metadata: { name: created.namespace },
  };
}

/** Makes a service use a runtime without which its pod gets no sandbox. */
async function takeRuntime(service: string): Promise<void> {
  await createObject(created.cluster, runtimeClass());
  const spec = { template: { spec: { runtimeClassName: created.namespace } } };
  const words = ["patch", "deployment", service, `--namespace=${created.namespace}`, "--type=merge"];
  kubectl(...words, "--patch", JSON.stringify({ spec }));
  await watch.until(
    ({ deployments }) =>
      deployments.find(({ metadata }) => metadata?.name === service && (metadata.generation ?? 0) > 1),
    end.signal,
  );
}

/** Creates a ConfigMap once the kubelet has failed to mount it. */
async function createLateConfigMap(): Promise<void> {
  const [configMap] = created.service("late-config-map").configMaps;
  if (configMap === undefined) throw new Error("the service has no ConfigMap");
  await watch.until(
    ({ events }) =>
      events.find(({ reason, message }) => reason === "FailedMount" && message?.includes("late-config-map")),
    end.signal,
  );
  await createObject(created.cluster, configMap);
}

interface Attachment {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly source: { readonly persistentVolumeName: string } };
}

/** Reports that a volume cannot be attached, as the attacher of a driver does. */
async function failAttachment(name: string): Promise<void> {
  const query = { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment" };
  const found = await listObjects<Attachment>(created.cluster, query);
  const own = found.find(({ spec }) => spec.source.persistentVolumeName === name);
  if (own === undefined) throw new Error("the volume is not being attached");
  const attachError = { message: "the disk is in another zone", time: new Date().toISOString() };
  const patch = JSON.stringify({ status: { attached: false, attachError } });
  const words = ["patch", "volumeattachment", own.metadata.name, "--subresource=status", "--type=merge"];
  kubectl(...words, "--patch", patch);
}

const NO_CLAIM = /^gets no node: .*persistentvolumeclaim "gone" not found/;
const NO_FOLDER =
  /^MountVolume\.SetUp failed for .*: hostPath type check failed: \/no\/such\/folder is not a directory/;

test.each([
  ["service", "no-claim", NO_CLAIM],
  ["service", "no-config-map", /^MountVolume\.SetUp failed .* configmap "no-config-map-files" not found/],
  ["service", "no-secret", /^MountVolume\.SetUp failed for volume "files" : secret "secrets" not found/],
  ["service", "no-folder", NO_FOLDER],
  ["service", "no-runtime", /^Failed to create pod sandbox: .*no runtime for "missing" is configured/],
  ["service", "no-disk", /^AttachVolume\.Attach failed for volume .*the disk is in another zone/],
  ["job", "lacks-claim", NO_CLAIM],
  ["job", "lacks-folder", NO_FOLDER],
])("the %s %s is reported with the cluster's message", async (_, key, message) => {
  await expect(outcomes.get(key)).rejects.toThrow(message);
});

test("a ConfigMap that comes late only delays a service", async () => {
  expect(await outcomes.get("late-config-map")).toMatch(/^late-config-map-/);
});
