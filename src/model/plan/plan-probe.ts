import type { Service } from "../declaration/service.ts";
import type { Duration } from "../duration.ts";
import { type Probe, type ProbeTiming, tcp } from "../probe.ts";
import type { PlannedProbe, PlannedService, PlannedTiming, RemoteProbe } from "./plan.ts";

/** The longest that a service may take to get ready when its probe names no time. */
const DEFAULT_WITHIN: Duration = "30s";

/** The longest that a service which completes may take when its declaration names no time. */
const DEFAULT_COMPLETES_WITHIN: Duration = "10m";

/**
 * How a service proves that it is ready, or has completed.
 * @param host the name by which others reach it
 */
export function planProbes(
  service: Service,
  host: string,
): Pick<PlannedService, "probe" | "remoteProbe" | "completesWithin"> {
  if (service.runsOnce) return { completesWithin: service.completesWithin ?? DEFAULT_COMPLETES_WITHIN };
  const [port] = service.ports ?? [];
  const declared: Probe | undefined = service.probe ?? (port === undefined ? undefined : tcp(port));
  const remote = remoteProbe(declared, service, host);
  return {
    ...(declared && { probe: planProbe(declared, service) }),
    ...(remote && { remoteProbe: remote }),
  };
}

function planProbe(probe: Probe, { ports: [port] = [] }: Service): PlannedProbe {
  const timing = planTiming(probe);
  const { within } = timing;
  switch (probe.kind) {
    case "exec":
      return { kind: "exec", command: probe.command, ...timing };
    case "tcp":
      return { kind: "tcp", port: probe.port, ...timing };
    case "http":
      return { kind: "http", port: probe.port, path: probe.path, ...timing };
    case "log": {
      const otherwise = port !== undefined && { kind: "tcp" as const, port, ...timing };
      const { pattern, ignoreCase = false } = probe;
      return { kind: "log", pattern, ignoreCase, within, ...(otherwise && { otherwise }) };
    }
    case "image":
      return { kind: "image", within };
  }
}

/** A probe costs a tenth of a second of a processor: two minutes keep hundreds of idle services quiet. */
function planTiming({
  within = DEFAULT_WITHIN,
  startEvery = "50ms",
  every = "2m",
  timeout = "5s",
  retries = 3,
}: ProbeTiming): PlannedTiming {
  return { within, startEvery, every, timeout, retries };
}

/**
 * What the probe asks, put from another container; where it cannot be, whether the first port accepts a
 * connection.
 */
function remoteProbe(
  probe: Probe | undefined,
  { ports: [port] = [] }: Service,
  host: string,
): RemoteProbe | undefined {
  const within = probe?.within ?? DEFAULT_WITHIN;
  const exact = { within, exact: true };
  if (probe?.kind === "tcp") return { kind: "dial", port: probe.port, ...exact };
  if (probe?.kind === "http") return { kind: "http", port: probe.port, path: probe.path, ...exact };
  const fromOutside = probe?.kind === "exec" ? probe.fromOutside : undefined;
  if (fromOutside && "run" in fromOutside) {
    const command = fromOutside.run.map((word) =>
      word.replaceAll("{host}", host).replaceAll("{port}", String(port ?? "")),
    );
    return { kind: "run", command, ...exact };
  }
  if (port === undefined) return undefined;
  if (fromOutside) return { kind: "dialogue", port, dialogue: fromOutside, ...exact };
  return { kind: "dial", port, within, exact: probe === undefined };
}
