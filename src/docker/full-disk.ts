import { ConfigurationError } from "../model/problem.ts";

/** A disk is full, the engine's or this machine's. */
export class DiskFull extends ConfigurationError {
  override readonly name = "DiskFull";
}

/** The remedy for a message about a full disk; undefined for any other message. */
export function fullDiskRemedy(message: string): string | undefined {
  if (!/no space left on device|disk quota exceeded/i.test(message)) return undefined;
  return (
    "a disk is full. For the engine's disk, see docker system df; nestbox gc --yes and docker image prune " +
    "free space. For the disk of the project or its state, see df. Then repeat the command"
  );
}

/** Turns the error of a full disk into {@link DiskFull}. Returns every other error unchanged. */
export function explainFullDisk(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ConfigurationError) return error;
  const remedy = fullDiskRemedy(error.message);
  return remedy === undefined ? error : new DiskFull(`${error.message}\n  ${remedy}`);
}
