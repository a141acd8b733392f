import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
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

/** A plugin that Pulumi asks for. */
export interface Plugin {
  readonly kind: "resource" | "language";
  /** Pulumi's name of it: "docker". */
  readonly name: string;
  /** The name in messages: "Docker provider". */
  readonly title: string;
  /** The only version that serves, without a leading v. @default any serves */
  readonly version?: string;
  /** The program that is compiled in its place where it cannot be downloaded, there or not. @default none */
  readonly compiled?: string;
  /** The folder of the stand-in for it. @default none */
  readonly standIn?: string;
}

/** Where the set-up looks for plugins and puts them. */
export interface PluginPlaces extends VersionPlaces {
  /** PULUMI_HOME of the project's own CLI runs. */
  readonly pulumiHome: string;
  readonly signal: AbortSignal;
}

/** What was found of a program, and what was passed over. */
export interface Found<Program> {
  readonly program?: Program;
  readonly passedOver?: PassedOver;
}

/** Milliseconds for downloading a provider, some twenty megabytes. */
const DOWNLOAD_LIMIT = 120_000;
/** Milliseconds after which a download that failed is tried again. */
const A_DAY = 24 * 60 * 60 * 1000;

/**
 * Looks for a plugin of the wanted version on PATH, then in the project's plugin folder, then in the user's.
 * Changes nothing. A stand-in is no find.
 */
export async function findPlugin(plugin: Plugin, places: PluginPlaces): Promise<Found<ReadyPlugin>> {
  const { title, version } = plugin;
  const described = { title, ...(version !== undefined && { version }) };
  const onPath = commandOnPath(plugin, places);
  const reported = onPath && version && (await pluginVersion(onPath, places));
  if (onPath !== undefined && reported === version) {
    return { program: { ...described, kind: "path", command: onPath } };
  }
  const command = [places.pulumiHome, userHome()].flatMap((home) => installed(plugin, home, places))[0];
  const isCompiled = command && plugin.compiled && linkTarget(command) === plugin.compiled;
  const kind = isCompiled ? "compiled" : "installed";
  return {
    ...(command && { program: { ...described, kind, command } }),
    ...(onPath &&
      version && { passedOver: { command: onPath, version: reported ?? "unknown", wanted: version } }),
  };
}

/** Downloads a provider with the Pulumi CLI; false if that fails, which is remembered for a day. */
export async function downloadProvider(
  { name, title, version }: Plugin & { readonly version: string },
  { cache, pulumiHome, signal }: PluginPlaces,
  pulumi: ReadyPulumi,
  progress: Progress,
): Promise<boolean> {
  const refused = join(cache, "reachable", `${name}-provider-${version}-refused`);
  if (existsSync(refused) && Date.now() - statSync(refused).mtimeMs < A_DAY) return false;
  return progress.step(title, async (step) => {
    try {
      await runChild({
        command: pulumi.command,
        args: ["plugin", "install", "resource", name, version],
        environment: { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
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

/** Makes a plugin that was found one that Pulumi finds too, or takes the stand-in for one that was not. */
export function usePlugin(
  found: Found<ReadyPlugin>,
  plugin: Plugin,
  places: PluginPlaces,
): Found<ReadyPlugin> {
  const { title, version, standIn } = plugin;
  if (found.program !== undefined) {
    const folder = dirname(found.program.command);
    const isUsers = dirname(folder) === join(userHome(), "plugins") && userHome() !== places.pulumiHome;
    if (!isUsers) return found;
    const command = linkPlugin(found.program.command, plugin, places, basename(folder));
    return { ...found, program: { ...found.program, command } };
  }
  if (standIn === undefined) return found;
  const command = join(standIn, fileOf(plugin));
  return { ...found, program: { title, ...(version && { version }), kind: "stand-in", command } };
}

/**
 * Links a program into the project's plugin folder as a plugin. Pulumi takes no link to a whole folder for
 * one.
 */
export function linkPlugin(
  program: string,
  plugin: Plugin,
  { pulumiHome }: Pick<PluginPlaces, "pulumiHome">,
  folderName = folderNameOf(plugin),
): string {
  const file = join(pulumiHome, "plugins", folderName, fileOf(plugin));
  mkdirSync(dirname(file), { recursive: true });
  // In one step, for another process may start it meanwhile.
  const unfinished = `${file}.${process.pid}`;
  rmSync(unfinished, { force: true });
  symlinkSync(program, unfinished);
  renameSync(unfinished, file);
  return file;
}

/** "resource-docker-v5.2.0"; without its version what all of a plugin's begin with. */
function folderNameOf({ kind, name, version = "" }: Plugin): string {
  return `${kind}-${name}-v${version}`;
}

function commandOnPath(plugin: Plugin, { pulumiHome }: PluginPlaces): string | undefined {
  const isOurs = (folder: string) => folder === plugin.standIn || folder.startsWith(pulumiHome);
  return findProgram(fileOf(plugin), process.env, isOurs);
}

/**
 * The programs of a plugin in a PULUMI_HOME that are there whole, and not compiled from other sources than
 * today's.
 */
function installed(plugin: Plugin, home: string, { cache }: PluginPlaces): readonly string[] {
  const plugins = join(home, "plugins");
  const prefix = folderNameOf(plugin);
  const folders = existsSync(plugins) ? readdirSync(plugins) : [];
  return folders
    .filter((folder) => (plugin.version === undefined ? folder.startsWith(prefix) : folder === prefix))
    .filter((folder) => !existsSync(join(plugins, `${folder}.partial`)))
    .map((folder) => join(plugins, folder, fileOf(plugin)))
    .filter((file) => existsSync(file) && !isOutdated(file, plugin, cache));
}

function isOutdated(file: string, { compiled }: Plugin, cache: string): boolean {
  const target = linkTarget(file);
  return target?.startsWith(cache) === true && target !== compiled;
}

function linkTarget(file: string): string | undefined {
  return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
}

function userHome(): string {
  return process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
}

function fileOf({ kind, name }: Plugin): string {
  return `pulumi-${kind}-${name}`;
}
