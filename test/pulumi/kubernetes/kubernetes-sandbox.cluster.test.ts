import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Namespace, Pod, PodList, Secret } from "kubernetes-types/core/v1.js";
import { leaseObjects } from "../../../src/kubernetes/lease-objects.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { ownerOf } from "../../../src/stacks/stack-identity.ts";
import { type PulumiProject, type PulumiRun, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { eventually } from "../../eventually.ts";
import { kubectl, tryKubectl } from "../../kubectl.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { clusterProject } from "./cluster-project.ts";

const SETTINGS = {
  password: "hunter2",
  greeting: "cat /etc/greeting; exec sleep 600",
  migrate: "true",
};

let project: PulumiProject;

beforeAll(async () => {
  project = await clusterProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
  await project.pulumi("config", "set", "nestbox:timeToLive", "1h");
}, 1_200_000);

afterAll(async () => {
  if (project === undefined) return;
  await project.pulumi("destroy", "--yes", "--skip-preview");
  // Its lease, which no state knows.
  const leases = leaseObjects(testCluster());
  for (const { id, name } of await leases.list(stackOwner())) await leases.remove({ name, revision: id });
  project.remove();
});

function stackOwner(): string {
  return ownerOf({ project: "nestbox-test", stack: "test", backend: `file://${project.folder}/.state` });
}

function attempt(settings: Partial<typeof SETTINGS>, ...words: readonly string[]): Promise<PulumiRun> {
  project.write("settings.json", JSON.stringify({ ...SETTINGS, ...settings }));
  return project.pulumi(...words);
}

async function run(settings: Partial<typeof SETTINGS>, ...words: readonly string[]): Promise<string> {
  const { code, output } = await attempt(settings, ...words);
  if (code !== 0) throw new Error(output);
  return output;
}

const up = (settings: Partial<typeof SETTINGS> = {}, ...words: readonly string[]) =>
  run(settings, "up", "--yes", "--skip-preview", ...words);

function namespaceOf(): string {
  return (project.outputs() as { readonly namespace: string }).namespace;
}

async function inNamespace<Kind>(kind: string): Promise<Kind> {
  return JSON.parse(kubectl("--namespace", namespaceOf(), "get", kind, "--output", "json"));
}

async function podOf(part: string): Promise<Pod | undefined> {
  const { items } = await inNamespace<PodList>("pods");
  return items.find(({ metadata }) => metadata?.labels?.[LABEL.part] === part);
}

test("a program creates a ready sandbox in a namespace of its own", async () => {
  await up();
  const { namespace, services } = JSON.parse(await run({}, "stack", "output", "--json", "--show-secrets"));
  expect(namespace).toMatch(/^nestbox-test-test-box-[0-9a-z]{6}$/);
  expect(services.cache).toMatchObject({
    ...{ host: "cache", port: "6379", aliases: ["cache"], url: "redis://:hunter2@cache:6379/0" },
  });
  expect((await podOf("cache"))?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: "Ready", status: "True" }),
  );
});

test("the namespace has owner, component and time to live, and each object the labels", async () => {
  await up();
  const words = ["get", "namespace", namespaceOf(), "--output", "json"];
  const { metadata }: Namespace = JSON.parse(kubectl(...words));
  expect(metadata?.annotations).toMatchObject({
    [LABEL.owner]: stackOwner(),
    [LABEL.component]: "box",
    [LABEL.timeToLive]: "1h",
    [LABEL.created]: expect.stringMatching(/^20.*Z$/),
  });
  const kinds = "deployments,jobs,pods,services,secrets,networkpolicies,persistentvolumeclaims";
  const { items } = await inNamespace<PodList>(kinds);
  const unlabelled = items
    .filter((item) => item.metadata?.labels?.[LABEL.component] !== "box")
    .map((item) => item.metadata?.name);
  expect(unlabelled).toEqual([]);
});

test("up renews the lease of the stack", async () => {
  await up();
  const leases = await leaseObjects(testCluster()).list(stackOwner());
  expect(leases.map(({ labels }) => labels[LABEL.covers])).toEqual(["stack"]);
});

test("a service is created after those that its pod cannot wait for", async () => {
  await up();
  const [migration] = (await podOf("migration"))?.status?.containerStatuses ?? [];
  const { metadata } = await inNamespace<Deployment>("deployment/greeting");
  expect(Date.parse(metadata?.creationTimestamp ?? "")).toBeGreaterThanOrEqual(
    Date.parse(migration?.state?.terminated?.finishedAt ?? ""),
  );
});

test("an unchanged up, preview and refresh change nothing", async () => {
  await up();
  await run({}, "preview", "--expect-no-changes");
  await up({}, "--expect-no-changes");
  await run({}, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
  await up({}, "--expect-no-changes");
});

test("a changed secret is updated in place, and restarts the pods that have it", async () => {
  await up();
  const before = [await podOf("cache"), await podOf("greeting")];
  const { metadata } = await inNamespace<Secret>("secret/secrets");
  await up({ password: "hunter3" });
  const secret = await inNamespace<Secret>("secret/secrets");
  expect(secret.metadata?.uid).toBe(metadata?.uid);
  expect(Buffer.from(secret.data?.password ?? "", "base64").toString()).toBe("hunter3");
  const after = [await podOf("cache"), await podOf("greeting")];
  expect(after[0]?.metadata?.uid).not.toBe(before[0]?.metadata?.uid);
  expect(after[1]?.metadata?.uid).toBe(before[1]?.metadata?.uid);
});

test("no value of a secret is in the state or on an object, but in the Secret", async () => {
  await up();
  const base64 = Buffer.from(SETTINGS.password).toString("base64");
  const objects = JSON.stringify(await inNamespace("deployments,jobs,pods,configmaps,services"));
  for (const text of [project.stateText(), objects]) {
    expect(text).not.toContain(SETTINGS.password);
    expect(text).not.toContain(base64);
  }
});

test("a service that fails is reported at once, with its last lines", async () => {
  const { code, output } = await attempt(
    { greeting: "echo the reason >&2; exit 3" },
    ...["up", "--yes", "--skip-preview"],
  );
  expect(code).not.toBe(0);
  expect(output).toMatch(/box\.services\.greeting: .*exit code 3/);
  expect(output).toContain("the reason");
  await up();
});

test("a service that failed to complete runs again with the next up", async () => {
  await up();
  const { output } = await attempt({ migrate: "exit 4" }, "up", "--yes", "--skip-preview");
  expect(output).toMatch(/box\.services\.migration: .*exit code 4/);
  const { metadata } = await inNamespace<Job>("job/migration");
  const again = await attempt({ migrate: "exit 4" }, "up", "--yes", "--skip-preview");
  expect(again.output).toMatch(/box\.services\.migration: .*exit code 4/);
  expect((await inNamespace<Job>("job/migration")).metadata?.uid).not.toBe(metadata?.uid);
  await up();
});

test("a workload that was removed by hand is reported, and a refresh restores it", async () => {
  await up();
  kubectl("--namespace", namespaceOf(), "delete", "deployment", "cache");
  const { code, output } = await attempt({}, "up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain("box.services.cache: its Deployment was removed by hand; run pulumi up --refresh");
  await up({}, "--refresh");
  expect((await podOf("cache"))?.status?.phase).toBe("Running");
});

test("destroy leaves nothing, and up waits for its end", async () => {
  await up();
  const namespace = namespaceOf();
  await run({}, "destroy", "--yes", "--skip-preview");
  await up();
  await run({}, "destroy", "--yes", "--skip-preview");
  await eventually(() => expect(tryKubectl(["get", "namespace", namespace]).stderr).toContain("NotFound"), {
    within: "60s",
  });
});
