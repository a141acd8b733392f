import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "@jest/globals";
import type { Environment } from "../../src/machine/environment.ts";
import { type Collector, startCollector, valuesOf } from "./collector.ts";

let collector: Collector | undefined;

afterEach(async () => {
  await collector?.close();
  collector = undefined;
});

const PARENT = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

async function collecting(status: number | undefined): Promise<string> {
  collector = await startCollector(status);
  return collector.url;
}

interface SentTrace {
  readonly warnings: readonly string[];
  /** For programs of the command. */
  readonly environment?: Environment;
  /** The begin of the process, in milliseconds. */
  readonly begin: number;
}

/** Sends a trace of one step for each environment, in a process. */
async function send(...environments: readonly Environment[]): Promise<readonly SentTrace[]> {
  const program = path.join(__dirname, "send-traces.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(environments)]);
  return JSON.parse(stdout);
}

async function warningsOf(...environments: readonly Environment[]): Promise<readonly string[]> {
  return (await send(...environments)).flatMap(({ warnings }) => warnings);
}

test("a collector gets the spans with times, states and attributes", async () => {
  const url = await collecting(200);
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_SERVICE_NAME: "shop",
    NESTBOX_SECRET_PASSWORD: "xylophone",
  };
  const [program] = await send(environment);
  expect(program?.warnings).toEqual([]);
  const [sent, ...others] = collector?.received ?? [];
  expect(others).toEqual([]);
  expect(sent).toMatchObject({ path: "/v1/traces", resource: { "service.name": "shop" } });
  const [root, around, step] = sent?.spans ?? [];
  expect(sent?.spans.map(({ name }) => name)).toEqual([
    "nestbox run",
    "service cache",
    "service cache create",
  ]);
  expect(root).toMatchObject({ traceId: expect.stringMatching(/^[\da-f]{32}$/), status: { code: 2 } });
  expect(root).not.toHaveProperty("parentSpanId");
  expect(valuesOf(root?.attributes ?? [])).toEqual({ exit_code: 7 });
  expect(around).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId, status: { code: 0 } });
  expect(step?.parentSpanId).toBe(around?.spanId);
  const begin = BigInt(program?.begin ?? 0) * 1_000_000n;
  const start = BigInt(step?.startTimeUnixNano ?? 0);
  expect(BigInt(step?.endTimeUnixNano ?? 0) - start).toBe(1_500_000n);
  expect(start - begin).toBeGreaterThanOrEqual(2_000_000n);
  expect(start - begin).toBeLessThanOrEqual(3_000_000n);
  expect(JSON.stringify(sent)).not.toContain("xylophone");
});

test("a trace is part of that of TRACEPARENT, and programs of it are part of the command", async () => {
  const environment = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${await collecting(200)}/in`,
    TRACEPARENT: `00-${PARENT.traceId}-${PARENT.spanId}-01`,
  };
  const [program] = await send(environment);
  const [sent] = collector?.received ?? [];
  expect(sent?.path).toBe("/in");
  const [root] = sent?.spans ?? [];
  expect(root).toMatchObject({ traceId: PARENT.traceId, parentSpanId: PARENT.spanId });
  expect(program?.environment).toEqual({ TRACEPARENT: `00-${PARENT.traceId}-${root?.spanId}-01` });
});

test("a trace that is not recorded is not sent, and neither is one that nobody asks for", async () => {
  const url = await collecting(200);
  const unsampled = `00-${PARENT.traceId}-${PARENT.spanId}-00`;
  const sent = await send(
    { OTEL_EXPORTER_OTLP_ENDPOINT: url, TRACEPARENT: unsampled },
    { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: "none" },
    {},
  );
  expect(sent.map(({ warnings, environment }) => [warnings, environment])).toEqual([
    [[], undefined],
    [[], undefined],
    [[], undefined],
  ]);
  expect(collector?.received).toEqual([]);
});

test.each([
  ["refuses", 401, "Unauthorized"],
  ["does not answer", undefined, "no answer within 750 ms"],
])("a collector that %s is one warning", async (_, status, reason) => {
  const url = await collecting(status);
  expect(await warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url.replace("//", "//me:secret@") })).toEqual([
    `traces: the spans did not reach ${url.slice("http://".length)}: ${reason}; ` +
      "OTEL_TRACES_EXPORTER=none turns them off",
  ]);
});

test("an endpoint that is not there is one warning, and so is one that is wrong", async () => {
  const url = await collecting(200);
  await collector?.close();
  const endpoints = [url, "collector"].map((endpoint) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }));
  expect(await warningsOf(...endpoints)).toEqual([
    expect.stringMatching(/^traces: the spans did not reach 127\.0\.0\.1:\d+: connect ECONNREFUSED /),
    expect.stringMatching(/^traces: OTEL_EXPORTER_OTLP_ENDPOINT: is no HTTP address; /),
  ]);
});

test("the proxy of the environment is used, except for the loopback", async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end("{}");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const environment = { HTTP_PROXY, OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.invalid:4318" };
  const noProxy = { ...environment, NO_PROXY: ".invalid" };
  const local = await collecting(200);
  try {
    const sent = await send(environment, noProxy, { HTTP_PROXY, OTEL_EXPORTER_OTLP_ENDPOINT: local });
    expect(sent.map(({ warnings }) => warnings.length)).toEqual([0, 1, 0]);
  } finally {
    await new Promise((resolve) => proxy.close(resolve));
  }
  expect(asked).toEqual(["http://collector.invalid:4318/v1/traces"]);
  expect(collector?.received).toHaveLength(1);
});
