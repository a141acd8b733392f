import { type Duration, milliseconds } from "../../model/duration.ts";
import type { PlannedProbe } from "../../model/plan/plan.ts";

/** A healthcheck as the Engine API takes it. Times are in nanoseconds. */
export interface HealthcheckBody {
  /** `["CMD", …]` or `["CMD-SHELL", script]`; for Podman also the words as one of JSON. */
  readonly Test: readonly string[];
  readonly Interval: number;
  readonly Timeout: number;
  readonly Retries: number;
  readonly StartPeriod: number;
  readonly StartInterval: number;
}

/**
 * The healthcheck of a probe; undefined where the container needs none of ours (`log`, `image`, no probe).
 *
 * Docker probes every `StartInterval` until the service is ready, then every `Interval`. It ignores failures
 * during `StartPeriod`: https://docs.docker.com/reference/dockerfile/#healthcheck
 *
 * @param isPodman whether the engine is Podman. @default false
 */
export function healthcheckBody(
  probe: PlannedProbe | undefined,
  isPodman = false,
): HealthcheckBody | undefined {
  if (probe === undefined || probe.kind === "log" || probe.kind === "image") return undefined;
  return {
    Test: isPodman ? podmanTest(healthcheckTest(probe)) : healthcheckTest(probe),
    Interval: nanoseconds(probe.every),
    Timeout: nanoseconds(probe.timeout),
    Retries: probe.retries,
    StartPeriod: nanoseconds(probe.within),
    StartInterval: nanoseconds(probe.startEvery),
  };
}

type ContainerProbe = Extract<PlannedProbe, { readonly kind: "exec" | "tcp" | "http" }>;

/** The command of a probe in Docker's notation, which compose shares. */
export function healthcheckTest(probe: ContainerProbe): readonly string[] {
  switch (probe.kind) {
    case "exec":
      return typeof probe.command === "string" ? ["CMD-SHELL", probe.command] : ["CMD", ...probe.command];
    case "tcp":
      return ["CMD-SHELL", listens(probe.port)];
    case "http":
      return ["CMD-SHELL", answers(probe)];
  }
}

/**
 * A command in words that Podman keeps. It joins the words of the Docker API with spaces and cuts them again
 * at each, unless they are those of `podman run --health-cmd`: a list in JSON.
 */
function podmanTest(test: readonly string[]): readonly string[] {
  const [kind, ...words] = test;
  const isCut = kind === "CMD" && words.length > 1 && words.some((word) => /\s/.test(word) || word === "");
  return isCut ? [JSON.stringify(words)] : test;
}

/**
 * Searches the kernel's list of sockets for one in state 0A (LISTEN) on the port, on any address but
 * 127.0.0.0/8 and ::1. The image needs no client, and the service sees no connection. Columns:
 * https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
 */
function listens(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const anyListener = `^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0A `;
  const loopback = `: ([0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):${hex} `;
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -E '${anyListener}' | grep -qvE '${loopback}'`;
}

function answers({ port, path }: { readonly port: number; readonly path: string }): string {
  const url = `'http://127.0.0.1:${port}${path.replaceAll("'", "%27")}'`;
  // The container may have a proxy in its environment, which cannot reach the container itself.
  const ask = {
    curl: `curl --noproxy '*' -fsS -o /dev/null ${url}`,
    wget: `http_proxy= wget -q -O /dev/null ${url}`,
  };
  return `if command -v curl >/dev/null; then ${ask.curl}; else ${ask.wget}; fi`;
}

function nanoseconds(duration: Duration): number {
  return Math.round(milliseconds(duration)) * 1e6;
}
