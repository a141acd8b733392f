import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Ignore } from "@balena/dockerignore";

/** Which files of a context `.dockerignore` leaves out. */
export interface IgnoredFiles {
  /** @param name relative to the context, with slashes */
  ignores(name: string): boolean;
  /** Whether nothing brings back a file of a folder that is left out. */
  readonly wholeFolders: boolean;
}

/**
 * The rules of a context: those beside its Dockerfile, `Dockerfile.dockerignore`, else `.dockerignore`.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function ignoredFiles(context: string, dockerfile: string): IgnoredFiles {
  const rules = textOf(path.join(context, `${dockerfile}.dockerignore`));
  const lines = (rules ?? textOf(path.join(context, ".dockerignore")) ?? "").split(/\r?\n/);
  const patterns = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (patterns.length === 0) return { ignores: () => false, wholeFolders: true };
  // Loaded here: few commands build an image.
  const dockerignore: () => Ignore = createRequire(import.meta.url)("@balena/dockerignore");
  const rule = dockerignore().add(patterns);
  return {
    ignores: (name) => rule.ignores(name),
    wholeFolders: !patterns.some((pattern) => pattern.startsWith("!")),
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}
