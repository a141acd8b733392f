import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * Creates a file with an empty ext4 file system of this size in bytes, without blocks reserved for root.
 */
export function diskImage(file: string, bytes: number): void {
  closeSync(openSync(file, "w"));
  truncateSync(file, bytes);
  run(["mkfs.ext4", "-q", "-F", "-m", "0", file]);
}

/** A small disk of this machine: a file behind a loop device. */
export interface LoopDisk {
  /** Its mount point. */
  readonly folder: string;
  /** Fills it to its last byte. */
  fill(): void;
  makeRoom(): void;
  remove(): void;
}

/** Mounts a new disk of this size in bytes. Users other than root need sudo without a password. */
export function loopDisk(bytes: number): LoopDisk {
  const parent = mkdtempSync(path.join(tmpdir(), "nestbox-loop-disk-"));
  const [image, folder] = [path.join(parent, "image"), path.join(parent, "disk")];
  mkdirSync(folder);
  diskImage(image, bytes);
  asRoot(["mount", "-o", "loop", image, folder]);
  asRoot(["chown", `${process.getuid?.()}:${process.getgid?.()}`, folder]);
  const filler = path.join(folder, "filler");
  return {
    folder,
    fill: () => writeUntilFull(filler),
    makeRoom: () => rmSync(filler),
    remove() {
      // This removes the loop device too.
      asRoot(["umount", folder]);
      rmSync(parent, { recursive: true });
    },
  };
}

function writeUntilFull(file: string): void {
  const descriptor = openSync(file, "w");
  try {
    for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 16))
      writeBlocks(descriptor, Buffer.alloc(size, 1));
  } finally {
    closeSync(descriptor);
  }
}

function writeBlocks(descriptor: number, block: Buffer): void {
  try {
    for (;;) writeSync(descriptor, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

function asRoot(words: readonly string[]): void {
  run(process.getuid?.() === 0 ? words : ["sudo", "-n", ...words]);
}

/** PATH with the folders of root's programs. */
function run([program = "", ...words]: readonly string[]): void {
  const PATH = [process.env.PATH, "/usr/sbin", "/sbin"].join(path.delimiter);
  execFileSync(program, words, { env: { ...process.env, PATH }, stdio: ["ignore", "ignore", "inherit"] });
}
