import { readFileSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";
import type { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { certificateBundle } from "../machine/certificate-bundle.ts";
import type { Environment } from "../machine/environment.ts";
import type { OtlpSettings } from "./otlp-settings.ts";
import type { TraceParent } from "./trace-parent.ts";
import type { TraceSpan } from "./trace-spans.ts";

/** The exporter of the package that a project may install. */
export type Exporter = typeof OTLPTraceExporter;

/** What the exporter takes for a span. */
type ExportedSpan = Parameters<OTLPTraceExporter["export"]>[0][number];

export interface SentTrace {
  readonly traceId: string;
  /** The span of another program that the first one is part of. */
  readonly parent: TraceParent | undefined;
  readonly spans: readonly TraceSpan[];
  /** The version of this package. */
  readonly version: string;
}

/**
 * Sends a trace, once. The agent is ours for three reasons: the exporter's own uses no proxy, its limit does
 * not cover the connection, and nothing of it may keep the process.
 * @throws Error with the reason if it was not accepted within the limit
 */
export async function sendTrace(
  Exporter: Exporter,
  trace: SentTrace,
  { url, limit, resource, certificates }: OtlpSettings,
  environment: Environment,
): Promise<void> {
  const { Agent } = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  // As every Go program does. Node reads NO_PROXY alone.
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const agent = new Agent({
    ...(url.protocol === "https:" && (await tlsOptions(certificates, environment))),
    timeout: limit,
    ...(!isLocal && { proxyEnv: environment }),
  });
  const exporter = new Exporter({
    ...{ url: url.href, timeoutMillis: limit },
    httpAgentOptions: () => agent,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit);
  exporter.export(exportedSpans(trace, resource), ({ error, code }) =>
    code === 0 ? resolve() : reject(error ?? new Error("it refused them")),
  );
  try {
    await promise;
  } finally {
    clearTimeout(late);
    agent.destroy();
  }
}

/** The certificates of OpenTelemetry's variables, else those that this machine trusts. */
async function tlsOptions(
  certificates: OtlpSettings["certificates"],
  environment: Environment,
): Promise<SecureContextOptions> {
  const files = Object.entries(certificates).map(([name, file]) => [name, readFileSync(file)]);
  const { rootCertificates } = await import("node:tls");
  const bundle = certificateBundle(environment);
  const ca = bundle === undefined ? {} : { ca: [...rootCertificates, readFileSync(bundle, "utf8")] };
  return { ...ca, ...Object.fromEntries(files) };
}

function exportedSpans({ traceId, parent, spans, version }: SentTrace, attributes: OtlpSettings["resource"]) {
  const resource: ExportedSpan["resource"] = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  const contextOf = (spanId: string, isRemote: boolean) => ({ traceId, spanId, traceFlags: 1, isRemote });
  return spans.map((span): ExportedSpan => {
    const { name, id, parentId, start, end, failed } = span;
    return {
      ...{ name, resource, kind: 0, ended: true },
      spanContext: () => contextOf(id, false),
      ...(parentId !== undefined && { parentSpanContext: contextOf(parentId, parentId === parent?.spanId) }),
      startTime: secondsOf(performance.timeOrigin + start),
      endTime: secondsOf(performance.timeOrigin + end),
      duration: secondsOf(end - start),
      status: { code: failed ? 2 : 0 },
      attributes: span.attributes,
      instrumentationScope: { name: "nestbox", version },
      ...{ links: [], events: [] },
      ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    };
  });
}

/** Milliseconds as seconds and nanoseconds. */
function secondsOf(milliseconds: number): [number, number] {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1_000_000)];
}
