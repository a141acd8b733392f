import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { runChild } from "../machine/child-process.ts";
import { findProgram } from "../machine/programs.ts";
import type { Progress } from "../terminal/progress.ts";
import type { VersionPlaces } from "./known-version.ts";
import { pluginVersion } from "./plugin-version.ts";
import type { PassedOver, ReadyPlugin, ReadyPulumi } from "./ready.ts";

/** A plugin that Pulumi needs. */
export interface Plugin {
  readonly kind: "resource" | "language";
  /** Its name in Pulumi: "docker". */
  readonly name: string;
  /** The name in messages: "Docker provider". */
  readonly title: string;
  /** The required version, without a leading v. @default any */
  readonly version?: string;
  /** The path of the compiled program, which may not exist yet. @default none */
  readonly compiled?: string;
  /** The folder of its stand-in. @default none */
  readonly standIn?: string;
}

/** A program, if it was found, and one on PATH that was passed over. */
export interface Found<Program> {
  readonly program?: Program;
  readonly passedOver?: PassedOver;
}

/** PULUMI_HOME in the cache folder. */
export function pulumiHome({ cache }: VersionPlaces): string {
  return join(cache, "pulumi-home");
}

/** Milliseconds for downloading a provider, some twenty megabytes. */
const DOWNLOAD_LIMIT = 120_000;
/** Milliseconds until a failed download is tried again. */
const A_DAY = 24 * 60 * 60 * 1000;

/**
 * Looks for a plugin of the required version on PATH, in the plugin folders of the cache and of the user, and
 * among the compiled programs. Never returns a stand-in. Changes nothing.
 */
export async function findPlugin(plugin: Plugin, places: VersionPlaces): Promise<Found<ReadyPlugin>> {
  const { title, version, compiled } = plugin;
  const described = { title, ...(version !== undefined && { version }) };
  const isOurs = (folder: string) => folder === plugin.standIn || folder.startsWith(places.cache);
  const onPath = findProgram(fileOf(plugin), places.environment, isOurs);
  const reported = onPath && version && (await pluginVersion(onPath, places));
  if (onPath !== undefined && reported === version) {
    return { program: { ...described, kind: "path", command: onPath } };
  }
  const passedOver = onPath &&
    version && { command: onPath, version: reported ?? "unknown", wanted: version };
  const command = [pulumiHome(places), userHome(places)].flatMap((home) => installed(plugin, home))[0];
  const program =
    (command && ({ ...described, kind: "installed", command } as const)) ||
    (compiled && existsSync(compiled) && ({ ...described, kind: "compiled", command: compiled } as const));
  return { ...(program && { program }), ...(passedOver && { passedOver }) };
}

/** Downloads a provider with the Pulumi CLI; false if that fails, and for a day after it did. */
export async function downloadProvider(
  { name, title, version }: Plugin & { readonly version: string },
  places: VersionPlaces,
  pulumi: ReadyPulumi,
  progress: Progress,
): Promise<boolean> {
  const { cache, environment, signal } = places;
  const refused = join(cache, "reachable", `${name}-provider-${version}-refused`);
  if (existsSync(refused) && Date.now() - statSync(refused).mtimeMs < A_DAY) return false;
  return progress.step(title, async (step) => {
    try {
      await runChild({
        command: pulumi.command,
        args: ["plugin", "install", "resource", name, version],
        environment: { ...environment, PULUMI_HOME: pulumiHome(places), PULUMI_SKIP_UPDATE_CHECK: "true" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_LIMIT)]),
        log: join(cache, "logs", `${name}-provider.log`),
      });
      step.result(`${version}, downloaded`);
      return true;
    } catch {
      signal.throwIfAborted();
      mkdirSync(dirname(refused), { recursive: true });
      writeFileSync(refused, "");
      step.result("cannot be downloaded here");
      return false;
    }
  });
}

/** Falls back to a plugin's stand-in, and links one of the user's plugin folder into that of the cache. */
export function usePlugin(
  found: Found<ReadyPlugin>,
  plugin: Plugin,
  places: VersionPlaces,
): Found<ReadyPlugin> {
  const { title, version, standIn } = plugin;
  if (found.program !== undefined) {
    const folder = dirname(found.program.command);
    const users = userHome(places);
    const isUsers = dirname(folder) === join(users, "plugins") && users !== pulumiHome(places);
    if (!isUsers) return found;
    const command = join(pulumiHome(places), "plugins", basename(folder), fileOf(plugin));
    link(found.program.command, command);
    return { ...found, program: { ...found.program, command } };
  }
  if (standIn === undefined) return found;
  const command = join(standIn, fileOf(plugin));
  return { ...found, program: { title, ...(version && { version }), kind: "stand-in", command } };
}

/** Links a file. Not its folder: Pulumi ignores a plugin folder that is a link. */
function link(target: string, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // Atomic: another process may start it meanwhile.
  const unfinished = `${file}.${process.pid}`;
  rmSync(unfinished, { force: true });
  symlinkSync(target, unfinished);
  renameSync(unfinished, file);
}

/** The completely downloaded programs of a plugin in a PULUMI_HOME. */
function installed(plugin: Plugin, home: string): readonly string[] {
  const { kind, name, version } = plugin;
  const plugins = join(home, "plugins");
  const prefix = `${kind}-${name}-v`;
  const folders = existsSync(plugins) ? readdirSync(plugins) : [];
  return folders
    .filter((folder) => (version === undefined ? folder.startsWith(prefix) : folder === prefix + version))
    .filter((folder) => !existsSync(join(plugins, `${folder}.partial`)))
    .map((folder) => join(plugins, folder, fileOf(plugin)))
    .filter((file) => existsSync(file));
}

function userHome({ environment }: VersionPlaces): string {
  return environment.PULUMI_HOME ?? join(environment.HOME || homedir(), ".pulumi");
}

function fileOf({ kind, name }: Plugin): string {
  return `pulumi-${kind}-${name}`;
}
