import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { runChild } from "../machine/child-process.ts";
import { contentHash } from "../machine/content-hash.ts";
import { acquireLock } from "../machine/lock.cjs";
import { findProgram } from "../machine/programs.ts";
import { fetchFrom, isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import type { Progress, Step } from "../terminal/progress.ts";
import { PulumiMissing } from "./errors.ts";
import type { ReadyPulumi } from "./ready.ts";

interface CliRequest {
  readonly cache: string;
  /** The folder with the Go module that names the CLI's version: airgap/pulumi-cli. */
  readonly moduleFolder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The oldest CLI that serves: the first two numbers of its version. */
const OLDEST = [3, 200] as const;
/** Milliseconds for downloading all of the CLI, a hundred megabytes. */
const DOWNLOAD_LIMIT = 300_000;

/**
 * The Pulumi CLI: the one on PATH, else a download with Pulumi's own script, else compiled from its Go module. The latter two
 * are kept in the cache folder, by version.
 *
 * @throws PulumiMissing if none of these is possible.
 */
export async function pulumiCli(request: CliRequest): Promise<ReadyPulumi> {
  return (await onPath(request)) ?? cached(request) ?? (await provide(request));
}

/** The version of the CLI that the Go module names, without a leading v. */
export function wantedVersion(moduleFolder: string): string {
  const module = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  return /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(module)?.[1] ?? "";
}

/** Whether a version, "v3.259.0" or "3.259.0", is one that serves. */
export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function onPath({ cache, signal }: CliRequest): Promise<ReadyPulumi | undefined> {
  const command = findProgram("pulumi", process.env, (folder) => folder.startsWith(cache));
  if (command === undefined) return undefined;
  const version = await versionOf(command, cache, signal);
  return version !== undefined && isRecentEnough(version)
    ? { command, version: version.replace(/^v/, ""), kind: "path" }
    : undefined;
}

/** What `pulumi version` prints, which is kept: starting a program of this size costs more than all the rest. */
async function versionOf(command: string, cache: string, signal: AbortSignal): Promise<string | undefined> {
  const { size, mtimeMs } = statSync(command);
  const known = join(cache, "pulumi", "versions", contentHash(command, String(size), String(mtimeMs)));
  if (existsSync(known)) return readFileSync(known, "utf8");
  try {
    const environment = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const version = (await runChild({ command, args: ["version"], environment, signal })).trim();
    mkdirSync(join(cache, "pulumi", "versions"), { recursive: true });
    writeFileSync(known, version);
    return version;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function cached({ cache, moduleFolder }: CliRequest): ReadyPulumi | undefined {
  const version = wantedVersion(moduleFolder);
  for (const kind of ["download", "compiled"] as const) {
    const command = join(cliFolder(cache, version, kind), "pulumi");
    if (existsSync(command)) return { command, version, kind };
  }
  return undefined;
}

function cliFolder(cache: string, version: string, kind: "download" | "compiled"): string {
  return join(cache, "pulumi", `v${version}-${kind}`, "bin");
}

async function provide(request: CliRequest): Promise<ReadyPulumi> {
  const { cache, progress } = request;
  return progress.step("Pulumi CLI", async (step) => {
    const giveBack = await acquireLock(join(cache, "pulumi"), (holder) =>
      step.detail(`waiting for process ${holder}`),
    );
    try {
      const found = cached(request);
      if (found !== undefined) return found;
      const made = (await download(request, step)) ?? (await compile(request, step));
      step.result(
        `${made.version}, ${made.kind === "download" ? "downloaded" : "compiled from its Go module"}`,
      );
      return made;
    } finally {
      await giveBack();
    }
  });
}

async function download(request: CliRequest, step: Step): Promise<ReadyPulumi | undefined> {
  const { cache, moduleFolder, signal } = request;
  if (!(await isReachable(PULUMI_DOWNLOADS, cache))) return undefined;
  const script = await fetchFrom(PULUMI_DOWNLOADS);
  if (script === undefined) return undefined;
  step.detail("downloading");
  const version = wantedVersion(moduleFolder);
  const folder = cliFolder(cache, version, "download");
  const unfinished = makeUnfinished(cache);
  try {
    const file = join(unfinished, "install.sh");
    writeFileSync(file, script);
    await runChild({
      command: "/bin/sh",
      args: [file, "--no-edit-path", "--install-root", unfinished, "--version", version],
      signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_LIMIT)]),
      log: join(cache, "logs", "pulumi-download.log"),
    });
    moveInto(join(unfinished, "bin"), folder);
    return { command: join(folder, "pulumi"), version, kind: "download" };
  } catch {
    // Whatever went wrong, it can still be compiled; the log tells.
    signal.throwIfAborted();
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function compile(request: CliRequest, step: Step): Promise<ReadyPulumi> {
  const { cache, moduleFolder, signal } = request;
  if (findProgram("go") === undefined) {
    throw new PulumiMissing(
      "The Pulumi CLI is not installed and cannot be downloaded here. Install it (https://www.pulumi.com/docs/install/), " +
        "or install Go (https://go.dev/doc/install), with which it is compiled.",
    );
  }
  const version = wantedVersion(moduleFolder);
  const folder = cliFolder(cache, version, "compiled");
  const unfinished = makeUnfinished(cache);
  let packages = 0;
  step.detail("fetching its Go module");
  try {
    await runChild({
      command: "go",
      args: [
        "build",
        "-v",
        "-mod=readonly",
        "-buildvcs=false",
        // A fifth less to compile: what debuggers read, which -s -w would drop in the end, and Google's private route to its storage.
        "-gcflags=all=-dwarf=false",
        "-tags=disable_grpc_modules",
        // Without its version the CLI says none, and Pulumi's SDK refuses it.
        `-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
        `-o=${join(unfinished, "bin", "pulumi")}`,
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      ],
      folder: moduleFolder,
      environment: { ...process.env, CGO_ENABLED: "0", GOTMPDIR: unfinished },
      signal,
      log: join(cache, "logs", "pulumi-compile.log"),
      onLine: () => {
        packages += 1;
        step.detail(`compiling: ${packages} packages so far, takes some minutes once`);
      },
    });
    moveInto(join(unfinished, "bin"), folder);
    return { command: join(folder, "pulumi"), version, kind: "compiled" };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function makeUnfinished(cache: string): string {
  const folder = join(cache, "pulumi");
  mkdirSync(folder, { recursive: true });
  return mkdtempSync(join(folder, "unfinished-"));
}

function moveInto(made: string, folder: string): void {
  chmodSync(made, 0o755);
  mkdirSync(join(folder, ".."), { recursive: true });
  renameSync(made, folder);
}
