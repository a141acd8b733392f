import {
  existsSync,
  lstatSync,
  mkdirSync,
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
import { pluginVersion } from "./plugin-version.ts";
import type { ReadyPlugin, ReadyPulumi } from "./ready.ts";

/** A provider of resources that a project's program asks for. */
export interface Provider {
  /** As Pulumi calls it: "docker". */
  readonly name: string;
  /** As people do: "Docker provider". */
  readonly title: string;
  /** Exactly the version that the program asks for, without a leading v. */
  readonly version: string;
  /** The program that is compiled in its place where it cannot be downloaded, there or not. @default none */
  readonly compiled?: string;
}

/** Where the set-up looks for providers and puts them. */
export interface PluginPlaces {
  readonly cache: string;
  /** PULUMI_HOME of the project's own CLI runs. */
  readonly pulumiHome: string;
  readonly signal: AbortSignal;
}

/** Milliseconds for downloading a provider, some twenty megabytes. */
const DOWNLOAD_LIMIT = 120_000;
/** Milliseconds after which a download that failed is tried again. */
const A_DAY = 24 * 60 * 60 * 1000;

/**
 * Looks for a provider of exactly the wanted version: on PATH, then in the project's plugin folder, then in the
 * user's, from which it is linked into the project's.
 * @param standIn the folder of a stand-in, which is no find
 */
export async function findProvider(
  provider: Provider,
  places: PluginPlaces,
  standIn?: string,
): Promise<ReadyPlugin | undefined> {
  const { title, version } = provider;
  const ours = (folder: string) => folder === standIn || folder.startsWith(places.pulumiHome);
  const command = findProgram(fileOf(provider), process.env, ours);
  const onPath = command && (await pluginVersion(command, places.cache, places.signal));
  if (command !== undefined && onPath === version) return { title, version, kind: "path" };
  linkFromUser(provider, places);
  if (!isInstalled(provider, places.pulumiHome)) return undefined;
  const kind = linkTarget(installedFile(provider, places)) === provider.compiled ? "compiled" : "installed";
  const passedOver = command && { command, version: onPath ?? "unknown" };
  return { title, version, kind, ...(passedOver && { passedOver }) };
}

/** Downloads a provider with the Pulumi CLI; false if that fails, which is remembered for a day. */
export async function downloadProvider(
  { name, title, version }: Provider,
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

/** Puts a program where the Pulumi CLI finds it as the provider. */
export function installProvider(
  provider: Provider,
  places: Pick<PluginPlaces, "pulumiHome">,
  program: string,
): void {
  const file = installedFile(provider, places);
  mkdirSync(dirname(file), { recursive: true });
  // In one step, for others may start it meanwhile.
  const unfinished = `${file}.${process.pid}`;
  rmSync(unfinished, { force: true });
  symlinkSync(program, unfinished);
  renameSync(unfinished, file);
}

/** The folder of a provider's version below PULUMI_HOME. */
export function pluginFolder(
  { name, version }: Provider,
  { pulumiHome }: Pick<PluginPlaces, "pulumiHome">,
): string {
  return join(pulumiHome, "plugins", `resource-${name}-v${version}`);
}

function linkFromUser(provider: Provider, places: PluginPlaces): void {
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  if (home === places.pulumiHome || isInstalled(provider, places.pulumiHome)) return;
  if (!isInstalled(provider, home)) return;
  installProvider(provider, places, installedFile(provider, { pulumiHome: home }));
}

/** Whether it is there whole, and not compiled from other sources than today's. */
function isInstalled(provider: Provider, pulumiHome: string): boolean {
  const file = installedFile(provider, { pulumiHome });
  // Pulumi keeps a file of this name beside a folder that it is still filling.
  if (!existsSync(file) || existsSync(`${dirname(file)}.partial`)) return false;
  const target = linkTarget(file);
  // Whatever else is linked was found whole in the user's own folder.
  const wasCompiled = target !== undefined && basename(target) !== basename(file);
  return !wasCompiled || target === provider.compiled;
}

function linkTarget(file: string): string | undefined {
  return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
}

function installedFile(provider: Provider, places: Pick<PluginPlaces, "pulumiHome">): string {
  return join(pluginFolder(provider, places), fileOf(provider));
}

function fileOf({ name }: Provider): string {
  return `pulumi-resource-${name}`;
}
