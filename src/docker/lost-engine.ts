import { ConfigurationError } from "../model/problem.ts";
import type { DockerHost } from "./host.ts";

/** An engine that answered before and does not any more. */
export class EngineLost extends ConfigurationError {
  override readonly name = "EngineLost";
}

/** What the system calls the ways in which a connection ends or does not come about. */
const ENDS = ["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "EPIPE", "ETIMEDOUT"];

/**
 * An error as a person is told it: one of a lost connection says that the engine is gone, and what to do.
 * Every other stays as it is.
 */
export function explainLostEngine(error: unknown, { host }: DockerHost): unknown {
  const { code = "", syscall, message } = error as NodeJS.ErrnoException;
  // Without the socket's file there is nothing to connect to; any other file that is not there is another
  // matter.
  const isLost = ENDS.includes(code) || (code === "ENOENT" && syscall === "connect");
  if (!isLost) return error;
  return new EngineLost(
    `the Docker engine at ${host} does not answer any more (${message}); start it again, then: nestbox up`,
  );
}
