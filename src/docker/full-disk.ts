import { ConfigurationError } from "../model/problem.ts";

/** A disk has no room left, the engine's or this machine's. */
export class DiskFull extends ConfigurationError {
  override readonly name = "DiskFull";
}

/** What to do about a message of a full disk; undefined for any other. */
export function fullDiskRemedy(message: string): string | undefined {
  if (!/no space left on device|disk quota exceeded/i.test(message)) return undefined;
  return (
    "a disk is full. Where it is the engine's, docker system df tells what fills it, and nestbox gc --yes and docker image prune make room; " +
    "where it is that of the project or its state, df does. Then the same command again"
  );
}

/** An error as a person is told it: one of a full disk with what to do. Every other stays as it is. */
export function explainFullDisk(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ConfigurationError) return error;
  const remedy = fullDiskRemedy(error.message);
  return remedy === undefined ? error : new DiskFull(`${error.message}\n  ${remedy}`);
}
