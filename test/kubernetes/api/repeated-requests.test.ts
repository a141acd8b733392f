import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test } from "@jest/globals";
import { clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import { millisecondsOf } from "../../../src/kubernetes/api/repeat-later.ts";
import { askKubernetes, type KubernetesRequest } from "../../../src/kubernetes/api/request.ts";
import { type ApiServerDouble, answerJson, startApiServerDouble } from "./api-server-double.ts";

let server: ApiServerDouble;

afterEach(() => server.close());

interface Refusal {
  readonly status: number;
  readonly retryAfter?: string;
  readonly body?: string;
}

const PODS = "/api/v1/namespaces/shop/pods";

/** Sends a request to an API server that refuses so many of them. */
async function ask(
  request: Partial<KubernetesRequest>,
  { status, retryAfter, body = "" }: Refusal,
  refusals: number,
  answered?: () => void,
): Promise<object> {
  let left = refusals;
  server = await startApiServerDouble((incoming: IncomingMessage, answer: ServerResponse) => {
    incoming.resume();
    if (left-- <= 0) return answerJson(answer, { items: [] });
    answer.writeHead(status, { ...(retryAfter !== undefined && { "retry-after": retryAfter }) }).end(body);
    answered?.();
  });
  const context = { name: "busy", server: server.address, isInsecure: false, credentials: {} };
  return askKubernetes(clusterOf(context, {}), { method: "GET", path: `${PODS}?limit=1`, ...request });
}

test.each([
  ["GET", 429],
  ["POST", 429],
  ["DELETE", 429],
  ["GET", 503],
  ["GET", 500],
] as const)("a %s that the API server puts off with status %i is sent again", async (method, status) => {
  const body = method === "GET" ? {} : { body: {} };
  expect(await ask({ method, ...body }, { status, retryAfter: "0" }, 2)).toEqual({ items: [] });
  expect(server.requests.map((request) => request.method)).toEqual([method, method, method]);
});

test("requests that may have had an effect, and other refusals, are not sent again", async () => {
  await expect(ask({ method: "POST", body: {} }, { status: 503, retryAfter: "0" }, 9)).rejects.toThrow();
  expect(server.requests).toHaveLength(1);
  await server.close();
  await expect(ask({}, { status: 500 }, 9)).rejects.toThrow();
  expect(server.requests).toHaveLength(1);
  await server.close();
  await expect(ask({}, { status: 404, retryAfter: "0" }, 9)).rejects.toThrow();
  expect(server.requests).toHaveLength(1);
});

test("an API server that stays busy ends the request, whose error names it", async () => {
  const body = JSON.stringify({ message: "too many requests", reason: "TooManyRequests" });
  await expect(ask({}, { status: 429, retryAfter: "0", body }, 99)).rejects.toMatchObject({
    message: `Kubernetes context "busy": GET ${PODS}: too many requests`,
    reason: "TooManyRequests",
  });
  expect(server.requests).toHaveLength(10);
});

test("a request that is put off for longer than a minute ends at once", async () => {
  await expect(ask({}, { status: 503, retryAfter: "3600", body: "<html>down</html>" }, 99)).rejects.toThrow(
    `Kubernetes context "busy": GET ${PODS}: status 503 <html>down</html>`,
  );
  expect(server.requests).toHaveLength(1);
});

test("the caller's signal ends the pause", async () => {
  const caller = new AbortController();
  const reason = new Error("interrupted");
  const { signal } = caller;
  const asking = ask({ signal }, { status: 429, retryAfter: "50" }, 99, () =>
    setImmediate(() => caller.abort(reason)),
  );
  await expect(asking).rejects.toBe(reason);
  expect(server.requests).toHaveLength(1);
});

test.each([
  ["0", 0],
  ["7", 7000],
  ["Thu, 01 Jan 1970 00:01:05 GMT", 5000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", undefined],
  [undefined, undefined],
])("Retry-After: %s is %s milliseconds", (value, expected) => {
  expect(millisecondsOf(value, 60_000)).toBe(expected);
});
