import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import { ClusterUnreachable } from "../../../src/kubernetes/api/cluster-error.ts";
import { parseProxy } from "../../../src/kubernetes/api/proxy.ts";
import { askKubernetes } from "../../../src/kubernetes/api/request.ts";
import { openWebSocket } from "../../../src/kubernetes/api/web-socket.ts";
import { startHttpProxy, startSocksProxy, type TestProxy } from "../test-proxy.ts";
import { type ApiServerDouble, answerJson, startApiServerDouble } from "./api-server-double.ts";

const LOGIN = { user: "me", password: "p@ss:word" };
const WRITTEN = "me:p%40ss%3Aword";

let server: ApiServerDouble;
let proxy: TestProxy | undefined;

beforeEach(async () => {
  server = await startApiServerDouble(
    (_, answer) => answerJson(answer, {}),
    () => {},
  );
});

afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await server.close();
});

function clusterBehind(address: string): Cluster {
  const source = 'proxy-url of cluster "office"';
  const context = { name: "office", server: server.address, isInsecure: false, credentials: {} };
  return clusterOf({ ...context, proxy: parseProxy(address, source) }, {});
}

const ask = (cluster: Cluster) => askKubernetes(cluster, { method: "GET", path: "/api/v1/pods" });
const open = (cluster: Cluster) => openWebSocket(cluster, "/api/v1/pods/a/exec", "v4.channel.k8s.io");

test.each([
  ["http", () => startHttpProxy(LOGIN)],
  ["socks5", () => startSocksProxy(LOGIN)],
])("requests and WebSockets go through a proxy that speaks %s", async (scheme, startProxy) => {
  proxy = await startProxy();
  const cluster = clusterBehind(`${scheme}://${WRITTEN}@${proxy.address}`);
  await ask(cluster);
  await ask(cluster);
  const socket = await open(cluster);
  socket.terminate();
  // All have the connection of the first.
  expect(proxy.destinations).toEqual([new URL(server.address).host]);
  expect(server.requests).toHaveLength(3);
});

test.each([
  [
    "http",
    () => startHttpProxy(LOGIN),
    /\(status 407 Proxy Authentication Required\); correct its user and /,
  ],
  [
    "socks5",
    () => startSocksProxy(LOGIN),
    /\(Socks5 Authentication failed\); correct its user and password /,
  ],
])("a %s proxy that refuses the login is named, without the password", async (scheme, startProxy, reason) => {
  proxy = await startProxy();
  const cluster = clusterBehind(`${scheme}://me:wrong-4711@${proxy.address}`);
  for (const reach of [ask, open]) {
    const error = await reach(cluster).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(ClusterUnreachable);
    expect(error?.message).toMatch(reason);
    expect(error?.message).toContain(
      `Kubernetes context "office": ${server.address} is not reached: ` +
        `the proxy ${scheme}://${proxy.address} of proxy-url of cluster "office" opens no connection (`,
    );
    expect(String(Object.values(error ?? {})) + error?.stack).not.toContain("wrong-4711");
    expect(error?.cause).toBeUndefined();
  }
  expect(server.requests).toEqual([]);
});

test.each(["http", "https", "socks5"])("a %s proxy that is not there is named", async (scheme) => {
  await expect(ask(clusterBehind(`${scheme}://127.0.0.1:1`))).rejects.toThrow(
    /the proxy \w+:\/\/127.0.0.1:1 of .* opens no connection \(connect ECONNREFUSED .*\); start it, /,
  );
});

test("a proxy that is not allowed to reach the server is named", async () => {
  proxy = await startHttpProxy();
  await server.close();
  await expect(ask(clusterBehind(`http://${proxy.address}`))).rejects.toThrow(
    /the proxy http:.* opens no connection \(/,
  );
});
