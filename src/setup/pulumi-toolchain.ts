import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { peerVersion } from "../machine/installed-packages.ts";
import { acquireLock } from "../machine/lock.cjs";
import { isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Airgap, PulumiProgram } from "./airgap.ts";
import type { VersionPlaces } from "./known-version.ts";
import { downloadProvider, type Found, findPlugin, type Plugin, pulumiHome, usePlugin } from "./plugin.ts";
import { downloadCli, findCli } from "./pulumi-cli.ts";
import type { PassedOver, ReadyPlugin, ReadyPulumi } from "./ready.ts";
import { PulumiMissing } from "./unavailable.ts";

/** The folders for finding the toolchain. */
export interface ToolchainPlaces extends VersionPlaces {
  /** The folder of the user's project. */
  readonly projectFolder: string;
  readonly airgap: Airgap | undefined;
}

export interface ToolchainRequest extends ToolchainPlaces {
  /** Whether runners in GitLab are among the resources. */
  readonly gitlab: boolean;
  readonly progress: Progress;
}

/** The Pulumi CLI and the plugins of a project's resources. */
export interface Toolchain {
  readonly pulumi: ReadyPulumi;
  readonly plugins: readonly ReadyPlugin[];
  readonly passedOver: readonly PassedOver[];
  /** PULUMI_HOME in the cache folder. */
  readonly home: string;
  /** The folders that must come first on PATH. */
  readonly folders: readonly string[];
}

/** The parts of a toolchain that exist. */
export interface FoundToolchain {
  readonly cli: Found<ReadyPulumi>;
  readonly dockerProvider: Found<ReadyPlugin>;
  /** Pulumi's own; never the stand-in. */
  readonly languageHost: Found<ReadyPlugin>;
}

/** The GitLab provider that src/pulumi/gitlab/ requires. Its SDK is not on the npm registry. */
export const GITLAB_PROVIDER = "10.1.1";

/**
 * The Pulumi CLI with the Docker provider, the Node language host, and the GitLab provider for runners.
 * Existing parts are used, missing ones are downloaded. nestbox-airgap compiles or replaces the rest.
 *
 * @throws PulumiMissing if a part is missing and can be neither downloaded, compiled nor replaced.
 */
export async function toolchain(request: ToolchainRequest): Promise<Toolchain> {
  const found = await findToolchain(request);
  if (found.cli.program && found.dockerProvider.program) return complete(found, request);
  const giveBack = await acquireLock(join(request.cache, "pulumi"), (holder) =>
    request.progress.print(`… Pulumi: waiting for process ${holder}`),
  );
  try {
    await provideMissing(request);
    return await complete(await findToolchain(request), request);
  } finally {
    await giveBack();
  }
}

/** The parts on PATH, in the cache folder and in the user's PULUMI_HOME. Changes nothing. */
export async function findToolchain(request: ToolchainPlaces): Promise<FoundToolchain> {
  const host = languagePlugin(request);
  const [foundCli, dockerProvider, foundHost] = await Promise.all([
    findCli({ ...request, version: peerVersion("@pulumi/pulumi", request.projectFolder) }),
    findPlugin(dockerPlugin(request), request),
    findPlugin(host, request),
  ]);
  const cli = foundCli.program ?? compiledCli(request);
  const languageHost = foundHost.program ?? (cli && languageHostBeside(cli, host));
  return {
    cli: { ...foundCli, ...(cli && { program: cli }) },
    dockerProvider,
    languageHost: { ...(languageHost && { program: languageHost }) },
  };
}

/** Downloads what is missing, as far as it can be, and compiles the rest. The caller holds the lock. */
async function provideMissing(request: ToolchainRequest): Promise<void> {
  const plugin = dockerPlugin(request);
  const found = await findToolchain(request);
  const version = peerVersion("@pulumi/pulumi", request.projectFolder);
  const cli = found.cli.program ?? (await downloadCli({ ...request, version }, request.progress));
  const hasProvider =
    found.dockerProvider.program !== undefined || (cli && (await download(plugin, cli, request)));
  const isMissing = { cli: cli === undefined, dockerProvider: !hasProvider };
  const missing = (["cli", "dockerProvider"] as const).filter((program) => isMissing[program]);
  if (missing.length > 0) await compileMissing(missing, request);
}

async function compileMissing(missing: readonly PulumiProgram[], request: ToolchainRequest): Promise<void> {
  const { airgap, cache, progress, signal } = request;
  const names = { cli: "Pulumi CLI", dockerProvider: "Docker provider" } as const;
  const title = missing.map((program) => names[program]).join(" and ");
  if (airgap === undefined)
    throw notAvailable(title, "and cannot be downloaded here; the package nestbox-airgap compiles it");
  await progress.step(title, async (step) => {
    try {
      const { dependencies } = airgap;
      const task = { cache, dependencies, signal, onDetail: step.detail };
      await airgap.compilePulumi(missing, pulumiModule(request), task);
    } catch (error) {
      if (!(error instanceof airgap.CannotCompile)) throw error;
      throw notAvailable(title, `and cannot be downloaded or compiled here: ${error.message}`);
    }
    step.result("compiled from Go modules");
  });
}

function notAvailable(title: string, reason: string): PulumiMissing {
  return new PulumiMissing(
    `${title}: not installed, ${reason}.\n` +
      "  Or install the Pulumi CLI (https://www.pulumi.com/docs/install/), and where it cannot download " +
      "the provider: pulumi plugin install resource docker --file",
  );
}

function pluginMissing({ title }: Plugin, remedy: string): PulumiMissing {
  return new PulumiMissing(`${title}: not installed; ${remedy}, or install the package nestbox-airgap`);
}

async function complete(found: FoundToolchain, request: ToolchainRequest): Promise<Toolchain> {
  const pulumi = found.cli.program;
  const docker = usePlugin(found.dockerProvider, dockerPlugin(request), request);
  if (pulumi === undefined || docker.program === undefined) {
    throw new PulumiMissing(`${request.cache}: Pulumi was removed while it was set up; start again`);
  }
  const languageHost = usePlugin(found.languageHost, languagePlugin(request), request);
  if (languageHost.program === undefined)
    throw pluginMissing(languagePlugin(request), "put Pulumi's own beside the Pulumi CLI or on PATH");
  const gitlab = await gitlabProvider(pulumi, languageHost.program.kind === "stand-in", request);
  if (request.gitlab && gitlab.program === undefined)
    throw pluginMissing(
      gitlabPlugin(request),
      `run pulumi plugin install resource gitlab ${GITLAB_PROVIDER}`,
    );
  const needed = [docker, languageHost, ...(request.gitlab ? [gitlab] : [])];
  return {
    pulumi,
    plugins: needed.flatMap(({ program }) => program ?? []),
    passedOver: [found.cli, ...needed].flatMap(({ passedOver }) => passedOver ?? []),
    home: pulumiHome(request),
    folders: [docker, languageHost, gitlab]
      .filter(needsPath)
      .flatMap(({ program }) => (program ? [dirname(program.command)] : [])),
  };
}

/** Whether a plugin must come first on PATH: Pulumi uses the first one there, of any version. */
function needsPath({ program, passedOver }: Found<ReadyPlugin>): boolean {
  return program?.kind === "stand-in" || program?.kind === "compiled" || passedOver !== undefined;
}

/** A downloaded CLI includes its language hosts, a compiled one does not. */
function languageHostBeside({ command }: ReadyPulumi, { title }: Plugin): ReadyPlugin | undefined {
  // Pulumi looks beside the program itself, which the command may be a link to.
  const hosts = [command, realpathSync(command)].map((file) => join(dirname(file), "pulumi-language-nodejs"));
  const host = hosts.find((file) => existsSync(file));
  return host === undefined ? undefined : { title, kind: "installed", command: host };
}

/**
 * The GitLab provider. Downloaded only for a stack with runners: Pulumi downloads it to remove another such
 * stack. If it cannot, the stand-in is put on PATH.
 */
async function gitlabProvider(
  pulumi: ReadyPulumi,
  cannotDownload: boolean,
  request: ToolchainRequest,
): Promise<Found<ReadyPlugin>> {
  const plugin = gitlabPlugin(request);
  const found = await findPlugin(plugin, request);
  const isMissing = found.program === undefined;
  if (isMissing && !request.gitlab && !cannotDownload) return found;
  if (isMissing && request.gitlab && (await download(plugin, pulumi, request)))
    return findPlugin(plugin, request);
  return usePlugin(found, plugin, request);
}

/** Whether a provider was downloaded. Not tried where the CLI itself could not be downloaded. */
async function download(
  plugin: Plugin & { readonly version: string },
  pulumi: ReadyPulumi,
  request: ToolchainRequest,
): Promise<boolean> {
  if (pulumi.kind === "compiled" && !(await isReachable(PULUMI_DOWNLOADS, request.cache))) return false;
  return downloadProvider(plugin, request, pulumi, request.progress);
}

function compiledCli(places: ToolchainPlaces): ReadyPulumi | undefined {
  const { airgap, cache } = places;
  const command = airgap?.compiledProgram(cache, "cli", pulumiModule(places));
  if (airgap === undefined || command === undefined || !existsSync(command)) return undefined;
  return { command, version: airgap.compiledCliVersion(), kind: "compiled" };
}

/** The compiled Docker provider reports the version of @pulumi/docker. */
function pulumiModule(places: ToolchainPlaces): { readonly dockerVersion: string } {
  return { dockerVersion: peerVersion("@pulumi/docker", places.projectFolder) };
}

function dockerPlugin(places: ToolchainPlaces) {
  const module = pulumiModule(places);
  const compiled = places.airgap?.compiledProgram(places.cache, "dockerProvider", module);
  const names = { kind: "resource", name: "docker", title: "Docker provider" } as const;
  return { ...names, version: module.dockerVersion, ...(compiled && { compiled }) };
}

function languagePlugin({ airgap }: ToolchainPlaces) {
  const standIn = airgap?.PLUGIN_FOLDERS.languageHost;
  const names = { kind: "language", name: "nodejs", title: "Node language host" } as const;
  return { ...names, ...(standIn && { standIn }) };
}

function gitlabPlugin({ airgap }: ToolchainPlaces) {
  const standIn = airgap?.PLUGIN_FOLDERS.gitlabProvider;
  const names = { kind: "resource", name: "gitlab", title: "GitLab provider" } as const;
  return { ...names, version: GITLAB_PROVIDER, ...(standIn && { standIn }) };
}
