import { ConfigurationError } from "../model/problem.ts";
import type { DockerHost } from "./host.ts";

/** A Docker engine stopped answering. */
export class EngineUnreachable extends ConfigurationError {
  override readonly name = "EngineUnreachable";
}

/** The system's errors for a connection that failed or ended. */
const CONNECTION_ERRORS =
  /^(?:EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|ETIMEDOUT)$/;

/** Turns a connection error into {@link EngineUnreachable}. Returns every other error unchanged. */
export function explainUnreachableEngine(error: unknown, { host }: DockerHost): unknown {
  const { code = "", syscall, message } = error as NodeJS.ErrnoException;
  // ENOENT of another system call is about a file of the user.
  const isUnreachable = CONNECTION_ERRORS.test(code) || (code === "ENOENT" && syscall === "connect");
  if (!isUnreachable) return error;
  return new EngineUnreachable(
    `the Docker engine at ${host} no longer answers (${message}); start it, then run nestbox up`,
  );
}
