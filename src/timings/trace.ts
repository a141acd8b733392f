import { randomBytes } from "node:crypto";
import type { Environment } from "../machine/environment.ts";
import { ownVersion } from "../machine/installed-packages.ts";
import type { Progress } from "../terminal/progress.ts";
import { otlpSettings } from "./otlp-settings.ts";
import { type Exporter, sendTrace } from "./send-trace.ts";
import type { Span, Timings } from "./timings.ts";
import { formatTraceParent, parseTraceParent } from "./trace-parent.ts";
import { traceSpans } from "./trace-spans.ts";

/** The trace of a command, which is sent at its end. */
export interface Trace extends Timings {
  /** `TRACEPARENT` for programs that the command starts. */
  readonly environment: Environment;
  /** Sends it. What fails is one warning. @param exitCode undefined for a program */
  send(end: TraceEnd): Promise<void>;
}

export interface TraceEnd {
  readonly failed: boolean;
  readonly exitCode?: number | undefined;
}

/** Who asks for a trace. */
export interface TraceRequest {
  /** "nestbox run". */
  readonly name: string;
  /** By the clock of `performance.now()`. */
  readonly start: number;
  readonly environment: Environment;
  readonly progress: Pick<Progress, "warn">;
}

/** The optional peer that sends traces. */
const PACKAGE = "@opentelemetry/exporter-trace-otlp-http";

/**
 * Begins a trace, as part of that of `TRACEPARENT`.
 * @returns undefined if that one is not recorded
 */
export function beginTrace({ name, start, environment, progress }: TraceRequest): Trace | undefined {
  const parent = parseTraceParent(environment.TRACEPARENT);
  if (parent?.sampled === false) return undefined;
  const traceId = parent?.traceId ?? randomBytes(16).toString("hex");
  const newId = () => randomBytes(8).toString("hex");
  const id = newId();
  const spans: Span[] = [];
  let loading: Promise<Exporter> | undefined;
  const exporter = () => {
    loading ??= loadExporter();
    return loading;
  };
  return {
    environment: { TRACEPARENT: formatTraceParent({ traceId, spanId: id, sampled: true }) },
    add(span) {
      spans.push(span);
      // The place has work from here on, and this process waits: loading takes 150 ms of a processor.
      if (span.step === "create") exporter().catch(() => {});
    },
    async send({ failed, exitCode }) {
      const root = { name, id, parentId: parent?.spanId, start, end: performance.now(), failed, exitCode };
      try {
        const settings = otlpSettings(environment);
        const trace = { traceId, parent, version: ownVersion(), spans: traceSpans(spans, root, newId) };
        await sendTrace(await exporter(), trace, settings, environment).catch((error: Error) => {
          throw new Error(`the spans did not reach ${settings.url.host}: ${reasonOf(error)}`);
        });
      } catch (error) {
        progress.warn(`traces: ${(error as Error).message}; OTEL_TRACES_EXPORTER=none turns them off`);
      }
    },
  };
}

async function loadExporter(): Promise<Exporter> {
  try {
    return (await import("@opentelemetry/exporter-trace-otlp-http")).OTLPTraceExporter;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    throw new Error(
      isMissing ? `need the package ${PACKAGE}; run npm install --save-dev ${PACKAGE}` : message,
    );
  }
}

/** One line. The answer of a server is not in it: it may repeat a header. */
function reasonOf(error: Error & { readonly code?: unknown }): string {
  const [line = ""] = error.message.split("\n");
  return line || `${error.code ?? error.name}`;
}
