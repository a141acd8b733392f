import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { WebSocket } from "ws";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../../src/kubernetes/api/kubeconfig.ts";
import { askKubernetes, unreachable } from "../../../src/kubernetes/api/request.ts";
import { openWebSocket } from "../../../src/kubernetes/api/web-socket.ts";
import { type ApiServerDouble, answerJson, startApiServerDouble } from "./api-server-double.ts";

const PROTOCOL = "v4.channel.k8s.io";

let server: ApiServerDouble;
let accept: (socket: WebSocket) => void;

beforeEach(async () => {
  accept = () => {};
  server = await startApiServerDouble(
    (_, answer) => answerJson(answer, {}),
    (socket) => accept(socket),
  );
});

afterEach(() => server.close());

function clusterWith(changed: Partial<KubernetesContext>): Cluster {
  const context = { name: "double", server: server.address, isInsecure: false, credentials: {} };
  return clusterOf({ ...context, ...changed }, {});
}

/** Sends one request and opens one WebSocket. */
async function reach(cluster: Cluster): Promise<void> {
  await askKubernetes(cluster, { method: "GET", path: "/api/v1/pods?limit=1" });
  const socket = await openWebSocket(cluster, "/api/v1/namespaces/a/pods/b/exec?stdout=true", PROTOCOL);
  socket.terminate();
}

test("requests and WebSockets are sent as the user that the kubeconfig names", async () => {
  const extra = { "example.com/team": ["shop", "web"] };
  const impersonation = { user: "zoë", uid: "17", groups: ["developers", "viewers"], extra };
  await reach(clusterWith({ impersonation }));
  expect(server.requests).toHaveLength(2);
  for (const { headersDistinct } of server.requests)
    expect(headersDistinct).toMatchObject({
      "impersonate-user": [Buffer.from("zoë").toString("latin1")],
      "impersonate-uid": ["17"],
      "impersonate-group": ["developers", "viewers"],
      "impersonate-extra-example.com%2fteam": ["shop", "web"],
    });
});

test.each(["", "/", "/k8s/clusters/c-1", "/k8s/clusters/c-1/"])(
  'the path "%s" of the server begins that of each request and WebSocket',
  async (path) => {
    await reach(clusterWith({ server: server.address + path }));
    const kept = path.replace(/\/$/, "");
    expect(server.requests.map(({ url }) => url)).toEqual([
      `${kept}/api/v1/pods?limit=1`,
      `${kept}/api/v1/namespaces/a/pods/b/exec?stdout=true`,
    ]);
  },
);

test("a quiet WebSocket sends a ping every 20 s", async () => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
  try {
    const pinged = new Promise((resolve) => {
      accept = (accepted) => accepted.once("ping", resolve);
    });
    const socket = await openWebSocket(clusterWith({}), "/api/v1/namespaces/a/pods/b/portforward", PROTOCOL);
    jest.advanceTimersByTime(20_000);
    await pinged;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.terminate();
    await closed;
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test("a certificate that is not accepted is no silent server", () => {
  const failed = (code: string, message: string) =>
    unreachable(clusterWith({}), Object.assign(new Error(message), { code })).message;
  expect(failed("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain")).toMatch(
    /the certificate of http:.* is not accepted \(self-signed .*\); correct its certificate-authority /,
  );
  expect(failed("ECONNREFUSED", "connect ECONNREFUSED")).toMatch(/does not answer \(connect ECONNREFUSED\)/);
});

test("without TLS no credentials are sent", async () => {
  await reach(clusterWith({ credentials: { token: "secret" } }));
  for (const { headers } of server.requests) expect(headers.authorization).toBeUndefined();
});
