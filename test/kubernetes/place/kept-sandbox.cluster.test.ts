import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Namespace, Service } from "kubernetes-types/core/v1.js";
import type { ObjectReference } from "../../../src/kubernetes/api/object-path.ts";
import { listObjects, readObject } from "../../../src/kubernetes/api/objects.ts";
import { RIGHTS } from "../../../src/kubernetes/rights/rights.ts";
import { roleRules } from "../../../src/kubernetes/rights/role-manifest.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { WrittenService } from "../../../src/model/declaration/service.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { exec } from "../../../src/model/probe.ts";
import { secret } from "../../../src/model/text.ts";
import { isoSeconds, type Ownership } from "../../../src/ownership/ownership.ts";
import type { Changes, KeepRequest, Place } from "../../../src/sandbox/place.ts";
import type { RunningSandbox } from "../../../src/sandbox/running-sandbox.ts";
import { ServicesFailed } from "../../../src/sandbox/services-failed.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { proxiedCluster } from "../cluster-proxy.ts";
import { testCluster } from "../created-namespace.ts";
import { limitedAccount } from "../limited-account.ts";
import { connectedPlace, placeOn } from "./connected-place.ts";
import { recordedProgress } from "./recorded-progress.ts";

const project = `kept-${randomBytes(3).toString("hex")}`;
const ownership: Ownership = {
  ...{ owner: `${project}/dev`, project, stack: "dev" },
  ...{ created: isoSeconds(new Date()), timeToLive: "never" },
};
const { owner } = ownership;
const NOTHING: Changes = { created: [], replaced: [], removed: [], left: [] };
const RUNS = "trap 'exit 0' TERM; while :; do sleep 0.2 & wait $!; done";

function serving(script: string, properties: Partial<WrittenService> = {}): WrittenService {
  const probe = exec(["test", "-e", "/tmp/ready"]);
  const command = ["sh", "-c", `${script}; touch /tmp/ready; ${RUNS}`];
  return { image: "alpine:3.19", command, probe, stop: { grace: "1s" }, ...properties };
}

function planned(services: Readonly<Record<string, WrittenService>>, volumes: readonly string[] = []): Plan {
  const declared = { services, volumes } as SandboxDefinition<unknown> & { services: typeof services };
  return plan(sandbox("shop", declared));
}

const cluster = testCluster();
const none = new AbortController().signal;
let place: Place;

beforeAll(async () => {
  place = await connectedPlace(project);
});

afterEach(async () => {
  await place.remove(await place.readOwned(owner));
});

function keep(wanted: Plan, others: Partial<KeepRequest> = {}, at = place): Promise<Changes> {
  const progress = recordedProgress();
  const onChanges = () => {};
  return at.keep({ plan: wanted, secrets: {}, signal: none, progress, ownership, onChanges, ...others });
}

function find(wanted: Plan, at = place): Promise<RunningSandbox> {
  const use = { labels: {}, afterJob: async () => {}, lost: none, confirm: async () => {} };
  return at.find({ plan: wanted, owner, networks: [], secrets: {}, use });
}

async function run(running: RunningSandbox, part: string, script: string): Promise<number> {
  const stdout = new PassThrough().resume();
  return running.exec(part, ["sh", "-c", script], { stdout, stderr: stdout, signal: none });
}

async function namespace(): Promise<string> {
  const [listed] = await place.list(owner);
  if (listed?.namespace === undefined) throw new Error("no namespace");
  return listed.namespace;
}

function object<Kind>(kind: string, name: string, within: string, apiVersion = "v1"): Promise<Kind> {
  const reference: ObjectReference = { apiVersion, kind, metadata: { name, namespace: within } };
  return readObject<Kind>(cluster, reference) as Promise<Kind>;
}

test("parts that were removed by hand are missing, and are created again", async () => {
  const wanted = planned({ web: serving("true"), mail: serving("true") });
  const component = { owner, component: "shop" };
  expect(await place.missing(wanted, component)).toEqual(["network default", "service web", "service mail"]);
  await keep(wanted);
  expect(await place.missing(wanted, component)).toEqual([]);
  const within = await namespace();
  kubectl("delete", "-n", within, "deployment/web", "networkpolicy/network-default", "quota/sandbox");
  const missing = ["network default", "service web"];
  expect(await place.missing(wanted, component)).toEqual(missing);
  const absent = 'sandbox "shop": is not up (service web missing); run nestbox up first';
  // The cluster removes the pod of a deployment after it.
  await eventually(() => expect(find(wanted)).rejects.toThrow(absent), { within: "1m" });
  expect(await keep(wanted)).toEqual({ ...NOTHING, created: missing });
  expect(await place.missing(wanted, component)).toEqual([]);
  expect(await keep(wanted)).toEqual(NOTHING);
});

test("what others have added to objects stays, and so does the address of a service", async () => {
  await keep(planned({ web: serving("true", { ports: [80] }) }));
  const within = await namespace();
  kubectl("annotate", "namespace", within, "example.com/by=cluster");
  kubectl("label", "-n", within, "deployment/web", "example.com/team=blue");
  const before = await object<Service>("Service", "web", within);
  const privileged = planned({ web: serving("true", { ports: [80, 81], env: { A: "1" } }) });
  const longer = { ...ownership, timeToLive: "8h" } as const;
  expect(await keep(privileged, { ownership: longer })).toEqual({ ...NOTHING, replaced: ["service web"] });
  const reference = { apiVersion: "v1", kind: "Namespace", metadata: { name: within } };
  const own = await readObject<Namespace>(cluster, reference);
  expect(own?.metadata?.annotations).toMatchObject({
    ...{ "example.com/by": "cluster", [LABEL.timeToLive]: "8h", [LABEL.created]: ownership.created },
  });
  expect((await object<Deployment>("Deployment", "web", within, "apps/v1")).metadata?.labels).toMatchObject({
    "example.com/team": "blue",
  });
  const after = await object<Service>("Service", "web", within);
  expect(after.spec?.clusterIP).toBe(before.spec?.clusterIP);
  expect(after.spec?.ports?.map(({ port }) => port)).toEqual([80, 81]);
  expect(await keep(privileged, { ownership: longer })).toEqual(NOTHING);
  const headless = planned({ web: serving("true", { env: { A: "1" } }) });
  expect(await keep(headless, { ownership: longer })).toEqual({ ...NOTHING, replaced: ["service web"] });
  expect((await object<Service>("Service", "web", within)).spec?.clusterIP).toBe("None");
});

test("a service that failed is replaced next time, though its plan is the same", async () => {
  const mounted = { volumes: { "/data": "data" } };
  const wanted = planned(
    {
      writes: serving("true", mounted),
      // It fails once the other can run a command.
      needs: serving("test -e /data/ok || { echo no data; exit 3; }", {
        ...mounted,
        after: { writes: "ready" },
      }),
    },
    ["data"],
  );
  const failed = await keep(wanted).catch((error: Error) => error);
  expect(failed).toBeInstanceOf(ServicesFailed);
  expect((failed as Error).message).toMatch(/^shop\.services\.needs: ended with exit code 3[\s\S]*no data$/);
  expect(await run(await find(wanted), "writes", "touch /data/ok")).toBe(0);
  expect((await keep(wanted)).replaced).toContain("service needs");
  expect(await keep(wanted)).toEqual(NOTHING);
});

test("an interrupted change keeps what it has not touched, and the next one completes it", async () => {
  const first = { first: serving("true"), second: serving("true", { after: { first: "ready" } }) };
  await keep(planned(first));
  const slow = planned({
    first: serving("sleep 1000"),
    second: serving("true", { after: { first: "ready" }, env: { A: "1" } }),
  });
  const interrupted = new AbortController();
  const reason = new Error("interrupted");
  const kept = expect(keep(slow, { signal: interrupted.signal })).rejects.toBe(reason);
  const within = await namespace();
  await eventually(
    async () => {
      const { spec } = await object<Deployment>("Deployment", "first", within, "apps/v1");
      expect(JSON.stringify(spec)).toContain("sleep 1000");
    },
    { within: "60s" },
  );
  interrupted.abort(reason);
  await kept;
  const [listed] = await place.list(owner);
  expect(listed?.services).toMatchObject([{ service: "second", state: "ready" }]);
  expect(await keep(planned(first))).toEqual({ ...NOTHING, created: ["service first"] });
});

test("an interruption before the first service is ready leaves nothing", async () => {
  const interrupted = new AbortController();
  const reason = new Error("interrupted");
  const slow = planned({ web: serving("sleep 1000") });
  const kept = expect(keep(slow, { signal: interrupted.signal })).rejects.toBe(reason);
  await eventually(async () => expect((await place.list(owner))[0]?.services).toHaveLength(1), {
    within: "60s",
  });
  interrupted.abort(reason);
  await kept;
  expect(await place.readOwned(owner)).toEqual([]);
});

test("no object but the Secret has the value of a secret", async () => {
  const wanted = planned({ web: serving("true", { env: { PASSWORD: secret("password") } }) });
  await keep(wanted, { secrets: { password: "xylophone-4711" } });
  const within = await namespace();
  const kinds = "deployment,replicaset,pod,configmap,service,networkpolicy,namespace,event";
  const text = kubectl("get", kinds, "-n", within, "-o", "json");
  expect(text).not.toMatch(/xylophone|eHlsb3Bob25lLTQ3MT/);
  expect(await run(await find(wanted), "web", 'test "$PASSWORD" = xylophone-4711')).toBe(0);
});

test("a followed output survives a connection that breaks, without a line twice or less", async () => {
  const script = "for n in 1 2 3; do echo old $n; done";
  const wanted = planned({ web: serving(script) });
  await keep(wanted);
  const proxy = await proxiedCluster(cluster);
  const seen: string[] = [];
  const ended = new AbortController();
  try {
    const running = await find(wanted, placeOn(proxy.cluster, project));
    const reading = (async () => {
      const selection = { follow: true, last: 2, signal: ended.signal };
      for await (const { text } of running.logs("web", selection)) seen.push(text);
    })();
    const follow = expect(reading).rejects.toThrow("enough");
    await eventually(() => expect(seen).toEqual(["old 2", "old 3"]), { within: "30s" });
    const direct = await find(wanted);
    for (const round of [1, 2]) {
      const resume = proxy.interrupt();
      await run(direct, "web", `echo new ${round}a >/proc/1/fd/1; echo new ${round}b >/proc/1/fd/1`);
      resume();
      await eventually(() => expect(seen).toContain(`new ${round}b`), { within: "30s" });
    }
    ended.abort(new Error("enough"));
    await follow;
    expect(seen).toEqual(["old 2", "old 3", "new 1a", "new 1b", "new 2a", "new 2b"]);
  } finally {
    ended.abort();
    proxy.stop();
  }
});

test("a cluster that vanishes ends a followed output with an error", async () => {
  const wanted = planned({ web: serving("echo old") });
  await keep(wanted);
  const proxy = await proxiedCluster(cluster);
  const running = await find(wanted, placeOn(proxy.cluster, project));
  const lines = running.logs("web", { follow: true, signal: none })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toMatchObject({ text: "old" });
  proxy.stop();
  await expect(lines.next()).rejects.toThrow(/does not answer/);
});

test("the documented permissions suffice", async () => {
  const account = await limitedAccount();
  try {
    const limited = placeOn(account.allow(...roleRules(RIGHTS.up)), project);
    const once = { image: "alpine:3.19", command: ["true"], runsOnce: true } as const;
    const web = (env: string, ports: readonly number[]) =>
      serving("true", { ports, env: { A: env, B: secret("b") }, files: { "/etc/a": { content: env } } });
    const request = { secrets: { b: "1" } };
    const full = planned({ web: web("1", [80]), once, mail: serving("true", { volumes: { "/d": "d" } }) }, [
      "d",
    ]);
    await keep(full, request, limited);
    const changed = planned({ web: web("2", []), once: { ...once, command: ["echo"] } });
    const changes = await keep(changed, { ...request, secrets: { b: "2" }, removesVolumes: true }, limited);
    expect(changes).toMatchObject({ removed: ["service mail", "volume d"] });
    const last = planned({ once });
    expect(await keep(last, request, limited)).toMatchObject({ removed: ["service web"] });
    await (await find(last, limited)).remove();
    expect(await limited.readOwned(owner)).toEqual([]);
  } finally {
    account.remove();
  }
});

afterAll(async () => {
  const query = { apiVersion: "v1", kind: "Namespace", labels: { [LABEL.project]: project } };
  const left = await listObjects<Namespace>(cluster, query);
  expect(left.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)).toEqual([]);
});
