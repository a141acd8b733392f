import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../machine/child-process.ts";
import { contentHash } from "../../machine/content-hash.ts";
import { acquireLock } from "../../machine/lock.cjs";
import { findProgram } from "../../machine/programs.ts";

export interface CompileRequest {
  readonly cache: string;
  /** The folder of this file, a Go module. */
  readonly moduleFolder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onDetail: (text: string) => void;
}

/** gitlab-runner cannot be compiled here. */
export class CompilerMissing extends Error {
  override readonly name = "CompilerMissing";
}

/** What the programs say of themselves: the version in the module's file VERSION, at the commit that go.mod names. */
export const GITLAB_RUNNER = { version: "19.4.0", revision: "fc1f1862bd91" } as const;

const PACKAGE = "gitlab.com/gitlab-org/gitlab-runner";
/** The programs' folder in what {@link compileGitLabRunner} returns. */
const PROGRAMS = "compiled";

/** The sources that the programs are compiled from, by which they are kept. */
export function sourcesOf(moduleFolder: string): readonly string[] {
  return readdirSync(moduleFolder, { recursive: true })
    .map((name) => join(moduleFolder, String(name)))
    .filter((file) => /(\.go|go\.mod|go\.sum)$/.test(file))
    .sort();
}

/**
 * gitlab-runner and gitlab-runner-helper, compiled from their Go module with the Docker executor alone; some minutes once.
 * @returns a folder with the folder `compiled`, which has both
 * @throws CompilerMissing without Go
 */
export async function compileGitLabRunner(request: CompileRequest): Promise<string> {
  const { cache, moduleFolder, onDetail } = request;
  const sources = sourcesOf(moduleFolder).map((file) => readFileSync(file, "utf8"));
  const folder = join(cache, "gitlab-runner", contentHash(sources));
  if (existsSync(folder)) return folder;
  const giveBack = await acquireLock(folder, (holder) => onDetail(`waiting for process ${holder}`));
  try {
    if (!existsSync(folder)) await compileInto(folder, request);
    return folder;
  } finally {
    await giveBack();
  }
}

async function compileInto(folder: string, request: CompileRequest): Promise<void> {
  const { cache, moduleFolder, signal, onDetail } = request;
  if (findProgram("go") === undefined) {
    throw new CompilerMissing(
      "no registry answers, and Go, to compile it with, is not installed (https://go.dev/doc/install)",
    );
  }
  mkdirSync(join(cache, "gitlab-runner"), { recursive: true });
  const unfinished = mkdtempSync(join(cache, "gitlab-runner", "unfinished-"));
  let packages = 0;
  onDetail("fetching its Go module");
  try {
    await runChild({
      command: "go",
      args: [
        "build",
        "-v",
        "-mod=readonly",
        "-buildvcs=false",
        "-trimpath",
        "-gcflags=all=-dwarf=false",
        `-ldflags=-s -w -X ${PACKAGE}/common.VERSION=${GITLAB_RUNNER.version} -X ${PACKAGE}/common.REVISION=${GITLAB_RUNNER.revision}`,
        `-o=${join(unfinished, PROGRAMS)}/`,
        "./gitlab-runner",
        "./gitlab-runner-helper",
      ],
      folder: moduleFolder,
      environment: { ...process.env, CGO_ENABLED: "0", GOTMPDIR: unfinished },
      ...(signal && { signal }),
      log: join(cache, "logs", "gitlab-runner-compile.log"),
      onLine: () => {
        packages += 1;
        onDetail(`compiling: ${packages} packages so far, takes some minutes once`);
      },
    });
    const made = `${folder}.${process.pid}`;
    mkdirSync(made);
    renameSync(join(unfinished, PROGRAMS), join(made, PROGRAMS));
    renameSync(made, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
