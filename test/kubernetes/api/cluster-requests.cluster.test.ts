import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Pod } from "kubernetes-types/core/v1.js";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import {
  ClusterUnreachable,
  KubernetesForbidden,
  KubernetesRefused,
} from "../../../src/kubernetes/api/cluster-error.ts";
import { containerLog } from "../../../src/kubernetes/api/container-log.ts";
import { execInPod } from "../../../src/kubernetes/api/exec-in-pod.ts";
import { readContext } from "../../../src/kubernetes/api/kubeconfig.ts";
import {
  clusterTime,
  createObject,
  deleteObject,
  listObjects,
  readObject,
  replaceObject,
  watchObjects,
} from "../../../src/kubernetes/api/objects.ts";
import { forwardPort } from "../../../src/kubernetes/api/port-forward.ts";
import { eventually } from "../../eventually.ts";
import { kubectl, kubectlCommand } from "../../kubectl.ts";
import { proxiedCluster } from "../cluster-proxy.ts";
import { signedCertificate, signedToken } from "../signed-credentials.ts";

const namespace = `requests-${randomBytes(3).toString("hex")}`;
const container = { namespace, pod: "redis", container: "redis" };
const podReference = { apiVersion: "v1", kind: "Pod", metadata: { namespace, name: "redis" } };

let cluster: Cluster;

beforeAll(async () => {
  cluster = clusterOf(readContext(kubectlCommand().env), process.env);
  await createObject(cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  // Its last line is written, and its port open, once it answers.
  const readinessProbe = { exec: { command: ["redis-cli", "ping"] }, periodSeconds: 1 };
  await createObject(cluster, {
    ...podReference,
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: "redis", image: "redis:7-alpine", readinessProbe }],
      terminationGracePeriodSeconds: 0,
    },
  });
  const deadline = AbortSignal.timeout(120_000);
  const pods = { apiVersion: "v1", kind: "Pod", namespace, name: "redis", signal: deadline };
  for await (const { object } of watchObjects<Pod>(cluster, pods))
    if (object.status?.containerStatuses?.[0]?.ready) break;
});

afterAll(() => deleteObject(cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }));

function configMap(name: string, data: Readonly<Record<string, string>>) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: { part: name } },
    data,
  };
}

test("objects are created once, changed in place, found by labels and removed", async () => {
  const created = await createObject(cluster, configMap("settings", { a: "1" }));
  await expect(createObject(cluster, configMap("settings", { a: "2" }))).rejects.toMatchObject({
    status: 409,
    reason: "AlreadyExists",
  });
  const changed = await replaceObject(cluster, { ...created, data: { a: "3" } });
  expect(changed.data).toEqual({ a: "3" });
  const query = { apiVersion: "v1", kind: "ConfigMap", namespace, labels: { part: "settings" } };
  expect(await listObjects(cluster, query)).toMatchObject([{ kind: "ConfigMap", data: { a: "3" } }]);
  expect(await deleteObject(cluster, changed)).toBe(true);
  expect(await deleteObject(cluster, changed)).toBe(false);
  expect(await readObject(cluster, changed)).toBeUndefined();
});

test("an object that somebody has changed since is not replaced", async () => {
  const read = await createObject(cluster, configMap("contended", { a: "1" }));
  await replaceObject(cluster, { ...read, data: { a: "2" } });
  await expect(replaceObject(cluster, { ...read, data: { a: "3" } })).rejects.toMatchObject({
    reason: "Conflict",
  });
});

test("a watch reports what is there, then each change", async () => {
  await createObject(cluster, configMap("watched", {}));
  const end = new AbortController();
  const query = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "watched", signal: end.signal };
  const types: string[] = [];
  const watching = (async () => {
    for await (const { type, object } of watchObjects<ReturnType<typeof configMap>>(cluster, query)) {
      types.push(type);
      if (type === "ADDED") await replaceObject(cluster, { ...object, data: { a: "1" } });
      if (type === "MODIFIED") await deleteObject(cluster, object);
      if (type === "DELETED") end.abort(new Error("seen"));
    }
  })();
  await expect(watching).rejects.toThrow("seen");
  expect(types).toEqual(["ADDED", "MODIFIED", "DELETED"]);
});

test("a watch that breaks reports what was removed in between", async () => {
  await createObject(cluster, configMap("removed", {}));
  const proxy = await proxiedCluster(cluster);
  const end = new AbortController();
  const query = { apiVersion: "v1", kind: "ConfigMap", namespace, labels: { part: "removed" } };
  const types: string[] = [];
  const watching = (async () => {
    for await (const { type, object } of watchObjects<ReturnType<typeof configMap>>(proxy.cluster, {
      ...query,
      signal: end.signal,
    })) {
      types.push(type);
      if (type === "DELETED") end.abort(new Error("seen"));
      if (type !== "ADDED") continue;
      const resume = proxy.interrupt();
      await deleteObject(cluster, object);
      resume();
    }
  })();
  await expect(watching).rejects.toThrow("seen");
  proxy.stop();
  expect(types).toEqual(["ADDED", "DELETED"]);
});

test("a command gets its input and gives its output and exit code", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const input = Buffer.alloc(3 << 20, "x");
  const words = ["sh", "-c", "wc -c; echo to stderr >&2; exit 7"];
  const exitCode = await execInPod(cluster, container, {
    ...{ words, stdout, stderr },
    stdin: Readable.from([input]),
  });
  stdout.end();
  stderr.end();
  expect([exitCode, (await text(stdout)).trim(), await text(stderr)]).toEqual([
    7,
    String(input.length),
    "to stderr\n",
  ]);
});

test("a command that does not exist, a missing pod and an abort reject", async () => {
  const run = (pod: string, words: readonly string[], signal = AbortSignal.timeout(60_000)) =>
    execInPod(cluster, { ...container, pod }, { words, signal });
  await expect(run("redis", ["no-such-program"])).rejects.toThrow("executable file not found");
  await expect(run("none", ["true"])).rejects.toThrow('pods "none" not found');
  const end = new AbortController();
  const sleeping = run("redis", ["sh", "-c", "sleep 600"], end.signal);
  end.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
});

test("a container's output can be read to its last lines", async () => {
  const last = await text(await containerLog(cluster, container, { last: 1 }));
  expect(last).toContain("Ready to accept connections");
});

test("a forwarded port answers, and closes", async () => {
  const forwarded = await forwardPort(cluster, { namespace, pod: "redis", port: 6379 });
  const client = createConnection(forwarded.port, "127.0.0.1");
  client.write("PING\r\nQUIT\r\n");
  expect(await text(client)).toBe("+PONG\r\n+OK\r\n");
  const ended = createConnection(forwarded.port, "127.0.0.1");
  ended.end("PING\r\n");
  expect(await text(ended)).toBe("+PONG\r\n");
  forwarded.close();
  const refused = createConnection(forwarded.port, "127.0.0.1");
  await expect(text(refused)).rejects.toThrow("ECONNREFUSED");
});

test("the clock of the API server is read", async () => {
  expect(await clusterTime(cluster)).toBeGreaterThan(Date.parse("2026-01-01"));
});

test("a missing permission names the verb and the resource", async () => {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace } };
  await createObject(cluster, account);
  const token = kubectl("--namespace", namespace, "create", "token", "nobody").trim();
  const nobody = clusterOf({ ...cluster.context, credentials: { token } }, process.env);
  const reading = readObject(nobody, podReference);
  await expect(reading).rejects.toThrow(KubernetesForbidden);
  await expect(reading).rejects.toThrow(/cannot get resource "pods" .*"nestbox cluster rights" prints/);
});

test("an administrator who acts as a user without rights has none", async () => {
  const impersonation = { user: "visitor", groups: ["guests"], extra: {} };
  const visitor = clusterOf({ ...cluster.context, impersonation }, process.env);
  const denied = /User "visitor" cannot get resource "pods" /;
  await expect(readObject(visitor, podReference)).rejects.toThrow(denied);
  await expect(execInPod(visitor, container, { words: ["true"] })).rejects.toThrow(/User "visitor" cannot /);
});

test("a token and a certificate are refused once they have expired", async () => {
  const read = (credentials: Cluster["context"]["credentials"]) =>
    readObject(clusterOf({ ...cluster.context, credentials }, process.env), podReference);
  const expired = /does not accept its credentials; log in to the cluster again$/;
  await expect(read({ token: signedToken(namespace, 0) })).rejects.toThrow(KubernetesForbidden);
  await expect(read({ token: signedToken(namespace, -7200) })).rejects.toThrow(expired);
  await expect(read(signedCertificate(1))).rejects.toThrow(KubernetesForbidden);
  const short = signedCertificate(0);
  await eventually(() => expect(read(short)).rejects.toThrow(expired), { within: "10s" });
});

test("a token that ends within a run is asked of its program, or read from its file, again", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-token-"));
  const file = path.join(folder, "token");
  const [over, valid] = [signedToken(namespace, -7200), signedToken(namespace, 0)];
  // The program cannot know that the API server accepts its token no longer.
  const print = 'printf \'{"status":{"token":"%s"}}\' "$(cat "$1")"; cp "$2" "$1"';
  writeFileSync(path.join(folder, "next"), valid);
  const program = {
    ...{ command: "sh", words: ["-c", print, "sh", file, path.join(folder, "next")], environment: {} },
    apiVersion: "client.authentication.k8s.io/v1",
  };
  const forbidden = /cannot (get|create) resource "pods/;
  try {
    for (const ask of [
      (user: Cluster) => readObject(user, podReference),
      (user: Cluster) => execInPod(user, container, { words: ["true"] }),
    ]) {
      writeFileSync(file, over);
      const user = clusterOf({ ...cluster.context, credentials: { program } }, process.env);
      await expect(ask(user)).rejects.toThrow(forbidden);
    }
    const reader = clusterOf({ ...cluster.context, credentials: { tokenFile: file } }, process.env);
    writeFileSync(file, over);
    await expect(readObject(reader, podReference)).rejects.toThrow(ClusterUnreachable);
    writeFileSync(file, valid);
    await expect(readObject(reader, podReference)).rejects.toThrow(forbidden);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("credentials that are over, a wrong authority and a silent server are told apart", async () => {
  const { context } = cluster;
  const ask = (changed: object) =>
    readObject(clusterOf({ ...context, ...changed }, process.env), podReference);
  await expect(ask({ credentials: { token: "old" } })).rejects.toThrow(
    /does not accept its credentials; log in to the cluster again$/,
  );
  await expect(ask({ authorities: undefined })).rejects.toThrow(
    /the certificate of https:.* is not accepted \(.*certificate.*\); correct its certificate-authority/,
  );
  await expect(ask({ server: "https://127.0.0.1:1" })).rejects.toThrow(/does not answer \(.*ECONNREFUSED/);
  await expect(ask({ server: "https://127.0.0.1:1" })).rejects.toThrow(ClusterUnreachable);
});

test("a refusal says what the API server said", async () => {
  const invalid = configMap("Not a name", {});
  await expect(createObject(cluster, invalid)).rejects.toThrow(KubernetesRefused);
  await expect(createObject(cluster, invalid)).rejects.toThrow("a lowercase RFC 1123 subdomain");
});
