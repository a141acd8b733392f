import type { Duration } from "./duration.ts";
import { ConfigurationError } from "./problem.ts";

/** The timing of a probe. */
export interface ProbeTiming {
  /** The time in which the service must become ready, from the start of its container. @default "30s" */
  readonly within?: Duration;
  /** The pause between two probes until the service is ready. @default "50ms" */
  readonly startEvery?: Duration;
  /** The pause between two probes after the service was ready. @default "2m" */
  readonly every?: Duration;
  /** The time limit of one probe. @default "5s" */
  readonly timeout?: Duration;
  /** The number of consecutive failures after which a ready service counts as unhealthy. @default 3 */
  readonly retries?: number;
}

/** A probe over a service's first port: it sends a text and checks the start of the answer's first line. */
export interface Dialogue {
  readonly send: string;
  readonly expect: string;
}

/**
 * A command of another container that exits with 0 when the service works. `{host}` and `{port}` in it stand
 * for the address of the service.
 */
export interface RemoteCommand {
  readonly run: readonly string[];
}

/** A command inside the service's container that exits with 0 when the service works. */
export interface ExecProbe extends ProbeTiming {
  readonly kind: "exec";
  /** A string runs in the container's `sh`, a list runs without a shell. */
  readonly command: string | readonly string[];
  /**
   * An equivalent probe from another container, for GitLab CI and other targets that run no commands in a
   * service's container.
   * @default a connection to the first port
   */
  readonly fromOutside?: Dialogue | RemoteCommand;
}

/** A process listens on the port, beyond the container's loopback. */
export interface TcpProbe extends ProbeTiming {
  readonly kind: "tcp";
  readonly port: number;
}

/** A GET request returns a 2xx or 3xx status. The image must contain `curl` or `wget`. */
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
  /** Whether upper and lower case are the same. @default false */
  readonly ignoreCase?: boolean;
}

/** The image's own HEALTHCHECK. */
export interface ImageProbe {
  readonly kind: "image";
  /** The time in which the service must become ready, from the start of its container. @default "30s" */
  readonly within?: Duration;
}

/** The proof that a service is ready. */
export type Probe = ExecProbe | TcpProbe | HttpProbe | LogProbe | ImageProbe;

/** Ready when the command exits with 0. A string runs in the container's `sh`, a list without a shell. */
export function exec(
  command: string | readonly string[],
  options: ProbeTiming & Pick<ExecProbe, "fromOutside"> = {},
): ExecProbe {
  return { kind: "exec", command, ...options };
}

/** Ready when a process listens on the port, beyond the container's loopback. */
export function tcp(port: number, timing: ProbeTiming = {}): TcpProbe {
  return { kind: "tcp", port, ...timing };
}

/** Ready when a GET request returns a 2xx or 3xx status. */
export function http(port: number, path = "/", timing: ProbeTiming = {}): HttpProbe {
  return { kind: "http", port, path, ...timing };
}

/**
 * Ready when a line of the output matches the regular expression. Of its flags, only `i` has an effect.
 * @throws ConfigurationError for the flags `u`, `v` and `y`, which a pattern cannot contain
 */
export function log(pattern: RegExp | string, timing: ProbeTiming = {}): LogProbe {
  if (typeof pattern === "string") return { kind: "log", pattern, ...timing };
  const { source, flags, ignoreCase } = pattern;
  // `m`, `s`, `g` and `d` have no effect on the search in one line.
  if (/[uvy]/.test(flags)) {
    throw new ConfigurationError(`log(${pattern}): the flag "${flags}" is not supported; remove it`);
  }
  return { kind: "log", pattern: source, ...(ignoreCase && { ignoreCase }), ...timing };
}

/** Ready when the image's own HEALTHCHECK succeeds. */
export function imageHealthcheck(timing: { readonly within?: Duration } = {}): ImageProbe {
  return { kind: "image", ...timing };
}
