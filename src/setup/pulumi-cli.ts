import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runChild } from "../machine/child-process.ts";
import { findProgram } from "../machine/programs.ts";
import { isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import { knownVersion, type VersionPlaces } from "./known-version.ts";
import type { Found } from "./plugin.ts";
import { downloadRelease } from "./pulumi-release.ts";
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
  const { cache, environment, version, signal } = places;
  const command = findProgram("pulumi", environment, (folder) => folder.startsWith(cache));
  const onPath = command && (await knownVersion(command, places, () => askVersion(command, places)));
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

/**
 * Downloads the CLI; undefined if that is unreachable or fails.
 * @param releases where Pulumi publishes its releases
 * @throws ConfigurationError for an archive without the published checksum
 */
export async function downloadCli(
  places: CliPlaces,
  progress: Progress,
  releases?: string,
): Promise<ReadyPulumi | undefined> {
  const { cache, environment, version, signal } = places;
  if (releases === undefined && !(await isReachable(PULUMI_DOWNLOADS, places))) return undefined;
  mkdirSync(join(cache, "pulumi"), { recursive: true });
  const unfinished = mkdtempSync(join(cache, "pulumi", "unfinished-"));
  try {
    return await progress.step("Pulumi CLI", async (step) => {
      step.detail("downloading");
      const programs = await downloadRelease({
        ...{ version, environment, folder: unfinished, ...(releases !== undefined && { releases }) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_LIMIT)]),
      });
      const folder = downloadFolder(places);
      mkdirSync(dirname(folder), { recursive: true });
      renameSync(programs, folder);
      step.result(`${version}, downloaded`);
      return { command: join(folder, "pulumi"), version, kind: "download" };
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigurationError) throw error;
    // The CLI can still be compiled.
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function downloadFolder({ cache, version }: CliPlaces): string {
  return join(cache, "pulumi", `v${version}-download`, "bin");
}

async function askVersion(command: string, { environment, signal }: VersionPlaces): Promise<string> {
  const quiet = { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  return runChild({ command, args: ["version"], environment: quiet, signal });
}
