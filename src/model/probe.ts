import type { Duration } from "./duration.ts";
import { ConfigurationError } from "./problem.ts";

/** When and how often a probe is asked. */
export interface ProbeTiming {
  /** How long the service may take to get ready, counted from its container's start. @default "30s" */
  readonly within?: Duration;
  /** The pause between two probes until the service is ready. @default "50ms" */
  readonly startEvery?: Duration;
  /** The pause between two probes once the service was ready. @default "2m" */
  readonly every?: Duration;
  /** How long one probe may take. @default "5s" */
  readonly timeout?: Duration;
  /** How many probes in a row must fail before a service that was ready counts as unhealthy. @default 3 */
  readonly retries?: number;
}

/**
 * What is said to a service's first port, and what its answer's first line begins with when the service
 * works.
 */
export interface Dialogue {
  readonly send: string;
  readonly expect: string;
}

/**
 * A command of another container that exits 0 when the service works. `{host}` and `{port}` in it stand for
 * the service's own.
 */
export interface RemoteCommand {
  readonly run: readonly string[];
}

/** A command inside the service's container that exits 0 when the service works. */
export interface ExecProbe extends ProbeTiming {
  readonly kind: "exec";
  /** A string is run by the container's `sh`, a list is run as it is. */
  readonly command: string | readonly string[];
  /**
   * The same question put from another container, for places that run no command in a service's own, such as
   * GitLab CI.
   * @default none: there its first port is dialled
   */
  readonly fromOutside?: Dialogue | RemoteCommand;
}

/** Something listens on the port, and not only on the container's loopback. */
export interface TcpProbe extends ProbeTiming {
  readonly kind: "tcp";
  readonly port: number;
}

/** A GET answers with a 2xx or 3xx status. The image must hold `curl` or `wget`. */
export interface HttpProbe extends ProbeTiming {
  readonly kind: "http";
  readonly port: number;
  readonly path: string;
}

/** A line of the service's output matches. */
export interface LogProbe extends ProbeTiming {
  readonly kind: "log";
  /** A JavaScript regular expression, tested against each line. */
  readonly pattern: string;
}

/** The image's own HEALTHCHECK, as it is. */
export interface ImageProbe {
  readonly kind: "image";
  /** How long the service may take to get ready, counted from its container's start. @default "30s" */
  readonly within?: Duration;
}

/** How a service says that it is ready. */
export type Probe = ExecProbe | TcpProbe | HttpProbe | LogProbe | ImageProbe;

/** Ready when the command exits 0. A string is run by the container's `sh`, a list is run as it is. */
export function exec(
  command: string | readonly string[],
  options: ProbeTiming & Pick<ExecProbe, "fromOutside"> = {},
): ExecProbe {
  return { kind: "exec", command, ...options };
}

/** Ready when something listens on the port, and not only on the container's loopback. */
export function tcp(port: number, timing: ProbeTiming = {}): TcpProbe {
  return { kind: "tcp", port, ...timing };
}

/** Ready when a GET answers with a 2xx or 3xx status. */
export function http(port: number, path = "/", timing: ProbeTiming = {}): HttpProbe {
  return { kind: "http", port, path, ...timing };
}

/**
 * Ready when a line of the output matches the regular expression. Of its flags, `i` counts.
 * @throws ConfigurationError for the flags `u`, `v` and `y`, which a pattern cannot hold
 */
export function log(pattern: RegExp | string, timing: ProbeTiming = {}): LogProbe {
  return { kind: "log", pattern: typeof pattern === "string" ? pattern : patternOf(pattern), ...timing };
}

/** The expression as text alone; `m`, `s`, `g` and `d` change nothing in the search of one line. */
function patternOf(expression: RegExp): string {
  const { source, flags, ignoreCase } = expression;
  if (/[uvy]/.test(flags)) {
    throw new ConfigurationError(`log(${expression}): the flag "${flags}" cannot be kept; write it without`);
  }
  return ignoreCase ? `(?i:${source})` : source;
}

/** Ready when the image's own HEALTHCHECK says so. */
export function imageHealthcheck(timing: { readonly within?: Duration } = {}): ImageProbe {
  return { kind: "image", ...timing };
}
