import { type Duration, milliseconds } from "./duration.ts";
import type { HttpProbe, Probe, TcpProbe } from "./probe.ts";
import type { ServiceDefinition } from "./service.ts";

/** A probe as Docker and compose know it: a command inside the container, and its timing. */
export interface Healthcheck {
  /** `["CMD", …]` or `["CMD-SHELL", script]`, Docker's own notation. */
  readonly test: readonly string[];
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly retries: number;
  readonly startPeriod: Duration;
  readonly startInterval: Duration;
}

/** What to wait for before a service counts as ready, and for how long. */
export type Readiness =
  | { readonly kind: "healthy"; readonly within: Duration }
  | { readonly kind: "log"; readonly pattern: string; readonly within: Duration }
  /** It has ended with exit code 0. */
  | { readonly kind: "completed"; readonly within: Duration }
  | { readonly kind: "started" };

/** How a service runs that does its work once. */
type RunsOnce = Pick<ServiceDefinition, "runsOnce" | "completesWithin">;

/** The longest that a service may take to get ready when its probe does not say. */
export const DEFAULT_WITHIN: Duration = "30s";

/**
 * The healthcheck that a probe becomes, or undefined where the container needs none of ours (`log`, `image`,
 * no probe).
 *
 * Docker asks for the first time one `startInterval` after the start, and every `startInterval` until the
 * service is ready; `interval` (two minutes: each probe costs a tenth of a second of a processor, which two
 * hundred idle services would ask for all the time) counts from then on. Docker takes no failure into account
 * before `startPeriod` is over: https://docs.docker.com/reference/dockerfile/#healthcheck
 */
export function healthcheckOf(probe: Probe | undefined): Healthcheck | undefined {
  const test = probe && testOf(probe);
  if (!test || probe.kind === "image" || probe.kind === "log") return undefined;
  return {
    test,
    interval: probe.every ?? "2m",
    timeout: probe.timeout ?? "5s",
    retries: probe.retries ?? 3,
    startPeriod: probe.within ?? DEFAULT_WITHIN,
    startInterval: probe.startEvery ?? "50ms",
  };
}

/** The longest that a service that runs once may take when its declaration does not say. */
export const DEFAULT_COMPLETES_WITHIN: Duration = "10m";

/** What a service with this probe is waited for. */
export function readinessOf(
  probe: Probe | undefined,
  { runsOnce = false, completesWithin = DEFAULT_COMPLETES_WITHIN }: RunsOnce,
): Readiness {
  if (runsOnce) return { kind: "completed", within: completesWithin };
  if (!probe) return { kind: "started" };
  const within = probe.within ?? DEFAULT_WITHIN;
  return probe.kind === "log" ? { kind: "log", pattern: probe.pattern, within } : { kind: "healthy", within };
}

/** The wait in whole seconds, rounded up: what @pulumi/docker and compose count in. */
export function wholeSeconds(duration: Duration): number {
  return Math.ceil(milliseconds(duration) / 1000);
}

function testOf(probe: Probe): readonly string[] | undefined {
  switch (probe.kind) {
    case "exec":
      return typeof probe.command === "string" ? ["CMD-SHELL", probe.command] : ["CMD", ...probe.command];
    case "tcp":
      return ["CMD-SHELL", listens(probe)];
    case "http":
      return ["CMD-SHELL", answers(probe)];
    case "log":
    case "image":
      return undefined;
  }
}

/**
 * The kernel's own list of sockets: in state 0A (LISTEN) on the port, on any address but 127.0.0.0/8 and ::1.
 * It needs no client in the image, and the service sees no connection that it has to log or count. Columns:
 * https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
 */
function listens({ port }: TcpProbe): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const anyListener = `^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0A `;
  const loopback = `: ([0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):${hex} `;
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -E '${anyListener}' | grep -qvE '${loopback}'`;
}

function answers({ port, path }: HttpProbe): string {
  const url = `'http://127.0.0.1:${port}${path.replaceAll("'", "%27")}'`;
  // The container may have a proxy in its environment, which cannot reach the container itself.
  const ask = {
    curl: `curl --noproxy '*' -fsS -o /dev/null ${url}`,
    wget: `http_proxy= wget -q -O /dev/null ${url}`,
  };
  return `if command -v curl >/dev/null; then ${ask.curl}; else ${ask.wget}; fi`;
}
