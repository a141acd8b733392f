import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runChild } from "../machine/child-process.ts";
import { findProgram } from "../machine/programs.ts";
import { fetchFrom, isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import type { Progress } from "../terminal/progress.ts";
import { knownVersion, type VersionPlaces } from "./known-version.ts";
import type { Found } from "./plugin.ts";
import type { ReadyPulumi } from "./ready.ts";

/** The folders for finding and installing the CLI. */
export interface CliPlaces extends VersionPlaces {
  /** The version to download: that of @pulumi/pulumi, without a leading v. */
  readonly version: string;
}

/** Major and minor version of the oldest CLI that is used. */
const OLDEST = [3, 200] as const;
/** Milliseconds for the download of the CLI, a hundred megabytes. */
const DOWNLOAD_LIMIT = 300_000;

/** Whether a version, "v3.259.0" or "3.259.0", is new enough. */
export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The CLI on PATH, if it is new enough, else a downloaded one. Changes nothing. */
export async function findCli(places: CliPlaces): Promise<Found<ReadyPulumi>> {
  const { cache, version, signal } = places;
  const command = findProgram("pulumi", process.env, (folder) => folder.startsWith(cache));
  const onPath = command && (await knownVersion(command, places, () => askVersion(command, signal)));
  signal.throwIfAborted();
  if (command && onPath && isRecentEnough(onPath)) {
    return { program: { command, version: onPath, kind: "path" } };
  }
  const downloaded = join(downloadFolder(places), "pulumi");
  const wanted = `${OLDEST.join(".")}.0 or newer`;
  return {
    ...(existsSync(downloaded) && { program: { command: downloaded, version, kind: "download" } }),
    ...(command && { passedOver: { command, version: onPath ?? "unknown", wanted } }),
  };
}

/** Downloads the CLI with Pulumi's script; undefined if that is unreachable or fails. */
export async function downloadCli(places: CliPlaces, progress: Progress): Promise<ReadyPulumi | undefined> {
  const { cache, version, signal } = places;
  if (!(await isReachable(PULUMI_DOWNLOADS, cache))) return undefined;
  const script = await fetchFrom(PULUMI_DOWNLOADS);
  if (script === undefined) return undefined;
  mkdirSync(join(cache, "pulumi"), { recursive: true });
  const unfinished = mkdtempSync(join(cache, "pulumi", "unfinished-"));
  try {
    return await progress.step("Pulumi CLI", async (step) => {
      step.detail("downloading");
      const file = join(unfinished, "install.sh");
      writeFileSync(file, script);
      await runChild({
        command: "/bin/sh",
        args: [file, "--no-edit-path", "--install-root", unfinished, "--version", version],
        signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_LIMIT)]),
        log: join(cache, "logs", "pulumi-download.log"),
      });
      const folder = downloadFolder(places);
      chmodSync(join(unfinished, "bin"), 0o755);
      mkdirSync(dirname(folder), { recursive: true });
      renameSync(join(unfinished, "bin"), folder);
      step.result(`${version}, downloaded`);
      return { command: join(folder, "pulumi"), version, kind: "download" };
    });
  } catch {
    // The CLI can still be compiled; the log has the reason.
    signal.throwIfAborted();
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function downloadFolder({ cache, version }: CliPlaces): string {
  return join(cache, "pulumi", `v${version}-download`, "bin");
}

async function askVersion(command: string, signal: AbortSignal): Promise<string> {
  const environment = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return runChild({ command, args: ["version"], environment, signal });
}
