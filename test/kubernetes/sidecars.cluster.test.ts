import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { PodTemplate } from "../../src/kubernetes/lowering/manifest.ts";
import { partPods, timesOf } from "../../src/kubernetes/place/part-pods.ts";
import { type NamespaceWatch, watchNamespace } from "../../src/kubernetes/readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../../src/kubernetes/readiness/wait-until-ready.ts";
import { runJobInCluster } from "../../src/kubernetes/run-job.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { type CreatedNamespace, createNamespace } from "./created-namespace.ts";

/** Adds containers as an admission controller does. The kubelet reports containers by their names. */
function withSidecars(pod: PodTemplate): PodTemplate {
  const image = "alpine:3.19";
  const agent = { name: "agent", image, command: ["sh", "-c", "while :; do sleep 1; done"] };
  const copies = { name: "copies", image, command: ["true"] };
  const containers = [agent, copies, ...(pod.spec?.containers ?? [])];
  return { ...pod, spec: { ...pod.spec, containers } };
}

const common = { image: "alpine:3.19", override: { kubernetes: withSidecars } };
const declared = sandbox("sidecars", {
  services: { migration: { ...common, command: ["sleep", "1"], runsOnce: true } },
  jobs: {
    passes: { ...common, script: ["sleep 1", "echo passed"] },
    fails: { ...common, script: ["sleep 1", "exit 7"] },
  },
});

const end = new AbortController();
let created: CreatedNamespace;
let watch: NamespaceWatch;
beforeAll(async () => {
  created = await createNamespace(declared);
  watch = watchNamespace(created.cluster, created, end.signal);
});
afterAll(async () => {
  end.abort();
  await created.remove();
});

async function run(key: string) {
  const stdout = new PassThrough();
  const job = created.job(key);
  const ended = await runJobInCluster({
    ...{ watch, job, stdout, projectFolder: process.cwd(), signal: end.signal },
    warn: () => {},
  });
  stdout.end();
  return { ...ended, output: await text(stdout) };
}

test("a job beside other containers ends with its own exit code and output", async () => {
  expect(await run("passes")).toEqual({
    ...{ kind: "exited", exitCode: 0 },
    output: expect.stringMatching(/^passed$/m),
  });
  expect(await run("fails")).toMatchObject({ kind: "exited", exitCode: 7 });
});

test("a service completes with its own container, while another one still runs", async () => {
  const service = created.service("migration");
  expect(await waitUntilPodReady({ watch, service, signal: end.signal })).toMatch(/^migration-/);
  const pod = (await partPods(created.cluster, created)).get("migration");
  expect(pod && timesOf(pod)).toMatchObject({ ended: expect.any(Number) });
});
