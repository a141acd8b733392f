import { wantsTraces } from "./otlp-settings.ts";
import type { Trace, TraceRequest } from "./trace.ts";

/** Begins a trace where the environment asks for one. What makes and sends it is loaded only then. */
export async function openTrace(request: TraceRequest): Promise<Trace | undefined> {
  if (!wantsTraces(request.environment)) return undefined;
  const { beginTrace } = await import("./trace.ts");
  return beginTrace(request);
}
