import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The size of a piece of a file, in bytes. */
const PIECE = 1_048_576;

/** Adds the content of a file to a hash. It may be larger than memory. */
export async function hashFile(hash: Hash, file: string): Promise<void> {
  for await (const piece of createReadStream(file, { highWaterMark: PIECE })) hash.update(piece as Buffer);
}
