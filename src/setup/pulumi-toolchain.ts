import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasPeer, installedPeer, peerVersion } from "../machine/installed-packages.ts";
import { acquireLock } from "../machine/lock.cjs";
import { isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Airgap, ProviderVersions, PulumiProgram } from "./airgap.ts";
import type { VersionPlaces } from "./known-version.ts";
import { downloadProvider, type Found, findPlugin, type Plugin, pulumiHome, usePlugin } from "./plugin.ts";
import { downloadCli, findCli } from "./pulumi-cli.ts";
import type { PassedOver, ReadyPlugin, ReadyPulumi } from "./ready.ts";

export interface ToolchainPlaces extends VersionPlaces {
  /** The folder of the user's project. */
  readonly projectFolder: string;
  readonly airgap: Airgap | undefined;
}

export interface ToolchainRequest extends ToolchainPlaces {
  readonly providers: readonly string[];
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
  readonly kubernetesProvider: Found<ReadyPlugin>;
  /** Pulumi's own; never the stand-in. */
  readonly languageHost: Found<ReadyPlugin>;
}

/** The GitLab provider that src/pulumi/gitlab/ requires. Its SDK is not on the npm registry. */
export const GITLAB_PROVIDER = "10.1.1";

/** The names of the programs in messages. */
const TITLES: Readonly<Record<PulumiProgram, string>> = {
  cli: "Pulumi CLI",
  languageHost: "Node language host",
  dockerProvider: "Docker provider",
  kubernetesProvider: "Kubernetes provider",
};

/** The providers whose version is that of an npm package, a peer of this one. */
const PEERS = {
  docker: { peer: "@pulumi/docker", program: "dockerProvider" },
  kubernetes: { peer: "@pulumi/kubernetes", program: "kubernetesProvider" },
} as const;

type PeerName = keyof typeof PEERS;

const PEER_NAMES: readonly PeerName[] = ["docker", "kubernetes"];

/** The Pulumi CLI, or a plugin that it needs, is missing and can be neither downloaded nor compiled. */
export class PulumiMissing extends ConfigurationError {
  override readonly name = "PulumiMissing";
}

/**
 * The Pulumi CLI with the Node language host and the providers of the resources. Existing parts are used,
 * missing ones are downloaded. nestbox-airgap compiles or replaces the rest.
 *
 * @throws PulumiMissing if a part is missing and can be neither downloaded, compiled nor replaced.
 */
export async function toolchain(request: ToolchainRequest): Promise<Toolchain> {
  const found = await findToolchain(request);
  const isMissing = (name: PeerName) => found[PEERS[name].program].program === undefined;
  const isComplete =
    found.cli.program && !peersOf(request).some(isMissing) && hasLanguageHost(found, request);
  if (isComplete) return complete(found, request);
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
  const [foundCli, dockerProvider, kubernetesProvider, foundHost] = await Promise.all([
    findCli({ ...request, version: peerVersion("@pulumi/pulumi", request.projectFolder) }),
    findPeer("docker", request),
    findPeer("kubernetes", request),
    findPlugin(host, request),
  ]);
  const cli = foundCli.program ?? compiledCli(request);
  const languageHost = foundHost.program ?? (foundCli.program && languageHostBeside(foundCli.program, host));
  return {
    cli: { ...foundCli, ...(cli && { program: cli }) },
    ...{ dockerProvider, kubernetesProvider },
    languageHost: { ...(languageHost && { program: languageHost }) },
  };
}

/** The provider of a peer. Nothing for one that is not installed, or for another use than Nestbox's. */
async function findPeer(name: PeerName, places: ToolchainPlaces): Promise<Found<ReadyPlugin>> {
  if (!hasPeer(PEERS[name].peer, places.projectFolder)) return {};
  return findPlugin(peerPlugin(name, places), places);
}

function peersOf({ providers }: ToolchainRequest): readonly PeerName[] {
  return PEER_NAMES.filter((name) => providers.includes(name));
}

/** Downloads what is missing, as far as it can be, and compiles the rest. The caller holds the lock. */
async function provideMissing(request: ToolchainRequest): Promise<void> {
  const found = await findToolchain(request);
  const version = peerVersion("@pulumi/pulumi", request.projectFolder);
  const cli = found.cli.program ?? (await downloadCli({ ...request, version }, request.progress));
  const missing: PulumiProgram[] = cli === undefined ? ["cli"] : [];
  // Again: a CLI that was downloaded includes one.
  if (cli && request.airgap && !hasLanguageHost(await findToolchain(request), request))
    missing.push("languageHost");
  for (const name of peersOf(request)) {
    const { program } = PEERS[name];
    const plugin = peerPlugin(name, request);
    const isThere = found[program].program !== undefined || (cli && (await download(plugin, cli, request)));
    if (!isThere) missing.push(program);
  }
  if (missing.length > 0) await compileMissing(missing, request);
}

async function compileMissing(missing: readonly PulumiProgram[], request: ToolchainRequest): Promise<void> {
  const { airgap, cache, progress, signal } = request;
  const title = missing.map((program) => TITLES[program]).join(" and ");
  if (airgap === undefined)
    throw notAvailable(title, "and cannot be downloaded here; the package nestbox-airgap compiles it");
  await progress.step(title, async (step) => {
    try {
      const { dependencies } = airgap;
      const task = { cache, dependencies, signal, onDetail: step.detail };
      await airgap.compilePulumi(missing, peerVersions(request), task);
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
      "a provider: pulumi plugin install resource docker --file",
  );
}

function pluginMissing({ title }: Plugin, remedy: string): PulumiMissing {
  return new PulumiMissing(`${title}: not installed; ${remedy}, or install the package nestbox-airgap`);
}

async function complete(found: FoundToolchain, request: ToolchainRequest): Promise<Toolchain> {
  const pulumi = found.cli.program;
  const used = PEER_NAMES.map((name) => {
    const peer = found[PEERS[name].program];
    const isWanted = request.providers.includes(name);
    const isUsed = isWanted || peer.program !== undefined;
    return { isWanted, ...(isUsed && usePlugin(peer, peerPlugin(name, request), request)) };
  });
  const peers = used.filter(({ isWanted }) => isWanted);
  if (pulumi === undefined || peers.some(({ program }) => program === undefined)) {
    throw new PulumiMissing(`${request.cache}: Pulumi was removed while it was set up; start again`);
  }
  const languageHost = usePlugin(found.languageHost, languagePlugin(request), request);
  if (languageHost.program === undefined)
    throw pluginMissing(languagePlugin(request), "put Pulumi's own beside the Pulumi CLI or on PATH");
  const isGitlab = request.providers.includes("gitlab");
  const gitlab = await gitlabProvider(pulumi, languageHost.program.kind === "stand-in", request);
  if (isGitlab && gitlab.program === undefined)
    throw pluginMissing(
      gitlabPlugin(request),
      `run pulumi plugin install resource gitlab ${GITLAB_PROVIDER}`,
    );
  const needed = [...peers, languageHost, ...(isGitlab ? [gitlab] : [])];
  const first = [...used, languageHost, gitlab].filter(needsPath);
  return {
    pulumi,
    plugins: needed.flatMap(({ program }) => program ?? []),
    passedOver: [found.cli, ...needed].flatMap(({ passedOver }) => passedOver ?? []),
    home: pulumiHome(request),
    folders: [...new Set(first.flatMap(({ program }) => (program ? [dirname(program.command)] : [])))],
  };
}

/** Whether a plugin must come first on PATH: Pulumi uses the first one there, of any version. */
function needsPath({ program, passedOver }: Found<ReadyPlugin>): boolean {
  return program?.kind === "stand-in" || program?.kind === "compiled" || passedOver !== undefined;
}

function hasLanguageHost(found: FoundToolchain, request: ToolchainRequest): boolean {
  return found.languageHost.program !== undefined || languagePlugin(request).standIn !== undefined;
}

/** The language host of a CLI that was downloaded. Beside a compiled one is the stand-in. */
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
  const isWanted = request.providers.includes("gitlab");
  if (isMissing && !isWanted && !cannotDownload) return found;
  if (isMissing && isWanted && (await download(plugin, pulumi, request))) return findPlugin(plugin, request);
  return usePlugin(found, plugin, request);
}

/** Whether a provider was downloaded. Not tried where the CLI itself could not be downloaded. */
async function download(
  plugin: Plugin & { readonly version: string },
  pulumi: ReadyPulumi,
  request: ToolchainRequest,
): Promise<boolean> {
  if (pulumi.kind === "compiled" && !(await isReachable(PULUMI_DOWNLOADS, request))) return false;
  return downloadProvider(plugin, request, pulumi, request.progress);
}

function compiledCli(places: ToolchainPlaces): ReadyPulumi | undefined {
  const command = compiledFile("cli", places);
  if (places.airgap === undefined || command === undefined || !existsSync(command)) return undefined;
  return { command, version: places.airgap.compiledCliVersion(), kind: "compiled" };
}

/** The path of a program that nestbox-airgap compiles, which may not exist yet. */
function compiledFile(program: PulumiProgram, places: ToolchainPlaces): string | undefined {
  return places.airgap?.compiledProgram(places.cache, program, peerVersions(places));
}

/** The versions that compiled providers report. */
function peerVersions({ projectFolder }: ToolchainPlaces): ProviderVersions {
  return {
    dockerVersion: installedPeer(PEERS.docker.peer, projectFolder),
    kubernetesVersion: installedPeer(PEERS.kubernetes.peer, projectFolder),
  };
}

function peerPlugin(name: PeerName, places: ToolchainPlaces) {
  const { peer, program } = PEERS[name];
  const version = peerVersion(peer, places.projectFolder);
  const compiled = compiledFile(program, places);
  return { kind: "resource" as const, name, title: TITLES[program], version, ...(compiled && { compiled }) };
}

function languagePlugin(places: ToolchainPlaces): Plugin {
  const standIn = compiledFile("languageHost", places);
  return {
    ...{ kind: "language", name: "nodejs", title: TITLES.languageHost },
    ...(standIn && existsSync(standIn) && { standIn: dirname(standIn) }),
  };
}

function gitlabPlugin({ airgap }: ToolchainPlaces) {
  const standIn = airgap?.GITLAB_PROVIDER_FOLDER;
  const names = { kind: "resource", name: "gitlab", title: "GitLab provider" } as const;
  return { ...names, version: GITLAB_PROVIDER, ...(standIn && { standIn }) };
}
