import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";
import type { FolderFile } from "../machine/archive-folder.ts";
import type { PlannedBuild } from "../model/plan/plan.ts";
import type { BuildContext } from "./build-context.ts";

/** The size of a piece of a file, in bytes. */
const PIECE = 1_048_576;

/** A hash of the files of a build, with their names and whether they are executable. */
export function filesDigest({ dockerfile, files }: BuildContext): string {
  const hash = createHash("sha256").update(readFileSync(dockerfile)).update("\0");
  for (const file of files) addTo(hash, file);
  return hash.digest("hex");
}

function addTo(hash: Hash, { name, file, stats }: FolderFile): void {
  if (stats.isSymbolicLink()) {
    hash.update(`${name}\0link\0${readlinkSync(file)}\0`);
    return;
  }
  const kind = (stats.mode & 0o100) === 0 ? "file" : "program";
  hash.update(`${name}\0${kind}\0${stats.size}\0`);
  if (stats.size <= PIECE) {
    hash.update(readFileSync(file));
    return;
  }
  const opened = openSync(file, "r");
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let read = readSync(opened, piece); read > 0; read = readSync(opened, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(opened);
  }
}

/**
 * The tag of a build's image. Where layers come from, and the values of secrets, are no part of it.
 * @param files the hash of its files
 */
export function contentTag(build: PlannedBuild, files: string): string {
  const { image: _image, context: _context, cacheFrom: _cacheFrom, ...how } = build;
  return createHash("sha256").update(JSON.stringify(how)).update(files).digest("hex").slice(0, 16);
}
