import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CannotCompile } from "../../airgap/go-programs.ts";
import {
  compiledCliVersion,
  compiledProgram,
  compilePulumi,
  type PulumiModule,
  type PulumiProgram,
} from "../../airgap/pulumi/compile.ts";
import { acquireLock } from "../machine/lock.cjs";
import { isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import type { Progress } from "../terminal/progress.ts";
import { PulumiMissing } from "./errors.ts";
import {
  downloadProvider,
  type Found,
  findPlugin,
  type Plugin,
  type PluginPlaces,
  usePlugin,
} from "./plugin.ts";
import { downloadCli, findCli } from "./pulumi-cli.ts";
import type { PassedOver, ReadyPlugin, ReadyPulumi } from "./ready.ts";

/** Where the toolchain is looked for. */
export interface ToolchainPlaces {
  readonly cache: string;
  /** The folder with airgap/, and with the node_modules of the project's program. */
  readonly packageFolder: string;
  readonly signal: AbortSignal;
  /** Whether not even versions that were asked are kept. @default false */
  readonly readOnly?: boolean;
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
  /** PULUMI_HOME of the project's own CLI runs. */
  readonly home: string;
  /** The folders that must come first on PATH. */
  readonly folders: readonly string[];
}

/** What is there of a toolchain. */
export interface FoundToolchain {
  readonly cli: Found<ReadyPulumi>;
  readonly dockerProvider: Found<ReadyPlugin>;
  /** That of Pulumi; the stand-in is no find. */
  readonly languageHost: Found<ReadyPlugin>;
}

/** The version of the GitLab provider that src/pulumi/gitlab/ asks for. Its SDK is not among the packages. */
export const GITLAB_PROVIDER = "10.1.1";

/**
 * The Pulumi CLI with the Docker provider, the GitLab provider where it is needed, and the Node language
 * host. What is there is used; what is missing is downloaded; what cannot be downloaded is compiled, CLI and
 * Docker provider in one build, or has a stand-in.
 *
 * @throws PulumiMissing if CLI or Docker provider can neither be downloaded nor compiled.
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

/** What is there on PATH, in the cache folder and in the user's PULUMI_HOME. Changes nothing. */
export async function findToolchain(request: ToolchainPlaces): Promise<FoundToolchain> {
  const places = pluginPlaces(request);
  const host = languagePlugin(request);
  const [foundCli, dockerProvider, foundHost] = await Promise.all([
    findCli({ ...request, version: versionOf("@pulumi/pulumi", request.packageFolder) }),
    findPlugin(dockerPlugin(request), places),
    findPlugin(host, places),
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
  const version = versionOf("@pulumi/pulumi", request.packageFolder);
  const cli = found.cli.program ?? (await downloadCli({ ...request, version }, request.progress));
  const hasProvider =
    found.dockerProvider.program !== undefined || (cli && (await download(plugin, cli, request)));
  const missing: PulumiProgram[] = [];
  if (cli === undefined) missing.push("cli");
  if (!hasProvider) missing.push("dockerProvider");
  if (missing.length > 0) await compileMissing(missing, request);
}

async function compileMissing(missing: readonly PulumiProgram[], request: ToolchainRequest): Promise<void> {
  const { cache, packageFolder, progress, signal } = request;
  const names = { cli: "Pulumi CLI", dockerProvider: "Docker provider" } as const;
  const title = missing.map((program) => names[program]).join(" and ");
  await progress.step(title, async (step) => {
    try {
      await compilePulumi(missing, pulumiModule(packageFolder), { cache, signal, onDetail: step.detail });
    } catch (error) {
      throw error instanceof CannotCompile ? notToBeHad(title, error.message) : error;
    }
    step.result("compiled from Go modules");
  });
}

function notToBeHad(title: string, reason: string): PulumiMissing {
  return new PulumiMissing(
    `${title}: not installed, and cannot be downloaded or compiled here: ${reason}.\n` +
      "  Or install the Pulumi CLI (https://www.pulumi.com/docs/install/), and where it cannot download " +
      "the provider: pulumi plugin install resource docker --file",
  );
}

async function complete(found: FoundToolchain, request: ToolchainRequest): Promise<Toolchain> {
  const places = pluginPlaces(request);
  const pulumi = found.cli.program;
  const docker = usePlugin(found.dockerProvider, dockerPlugin(request), places);
  if (pulumi === undefined || docker.program === undefined) {
    throw new PulumiMissing(`${request.cache}: Pulumi was removed while it was set up; start again`);
  }
  const languageHost = usePlugin(found.languageHost, languagePlugin(request), places);
  const gitlab = await gitlabProvider(pulumi, languageHost.program?.kind === "stand-in", request);
  const needed = [docker, languageHost, ...(request.gitlab ? [gitlab] : [])];
  return {
    pulumi,
    plugins: needed.flatMap(({ program }) => program ?? []),
    passedOver: [found.cli, ...needed].flatMap(({ passedOver }) => passedOver ?? []),
    home: places.pulumiHome,
    folders: [docker, languageHost, gitlab].filter(needsPath).map(({ program }) => dirname(program.command)),
  };
}

/** Whether Pulumi finds a plugin only if it comes first on PATH, from where it takes one of any version. */
function needsPath(
  found: Found<ReadyPlugin>,
): found is Found<ReadyPlugin> & { readonly program: ReadyPlugin } {
  const { program, passedOver } = found;
  if (program === undefined) return false;
  return program.kind === "stand-in" || program.kind === "compiled" || passedOver !== undefined;
}

/** A downloaded CLI comes with its language hosts, a compiled one comes alone. */
function languageHostBeside({ command }: ReadyPulumi, { title }: Plugin): ReadyPlugin | undefined {
  const host = join(dirname(command), "pulumi-language-nodejs");
  return existsSync(host) ? { title, kind: "installed", command: host } : undefined;
}

/**
 * The GitLab provider of a stack with runners. Without runners none is fetched: Pulumi does it itself when it
 * removes another stack that has some, unless it cannot.
 */
async function gitlabProvider(
  pulumi: ReadyPulumi,
  cannotDownload: boolean,
  request: ToolchainRequest,
): Promise<Found<ReadyPlugin>> {
  const places = pluginPlaces(request);
  const plugin = gitlabPlugin(request);
  const found = await findPlugin(plugin, places);
  if (found.program === undefined) {
    if (!request.gitlab && !cannotDownload) return found;
    const isThere = request.gitlab && (await download(plugin, pulumi, request));
    if (isThere) return findPlugin(plugin, places);
  }
  return usePlugin(found, plugin, places);
}

/** Whether a provider was downloaded. Where a compiled CLI could not be downloaded, no provider is tried. */
async function download(
  plugin: Plugin & { readonly version: string },
  pulumi: ReadyPulumi,
  request: ToolchainRequest,
): Promise<boolean> {
  if (pulumi.kind === "compiled" && !(await isReachable(PULUMI_DOWNLOADS, request.cache))) return false;
  return downloadProvider(plugin, pluginPlaces(request), pulumi, request.progress);
}

function compiledCli({ cache, packageFolder }: ToolchainPlaces): ReadyPulumi | undefined {
  const module = pulumiModule(packageFolder);
  const command = compiledProgram(cache, "cli", module);
  if (!existsSync(command)) return undefined;
  return { command, version: compiledCliVersion(module.moduleFolder), kind: "compiled" };
}

function pulumiModule(packageFolder: string): PulumiModule {
  return {
    moduleFolder: join(packageFolder, "airgap", "pulumi"),
    dockerVersion: versionOf("@pulumi/docker", packageFolder),
  };
}

function dockerPlugin({ packageFolder, cache }: ToolchainPlaces) {
  const module = pulumiModule(packageFolder);
  const compiled = compiledProgram(cache, "dockerProvider", module);
  const { dockerVersion: version } = module;
  return { kind: "resource", name: "docker", title: "Docker provider", version, compiled } as const;
}

function languagePlugin({ packageFolder }: ToolchainPlaces) {
  const standIn = join(packageFolder, "airgap", "language-host", "bin");
  return { kind: "language", name: "nodejs", title: "Node language host", standIn } as const;
}

function gitlabPlugin({ packageFolder }: ToolchainPlaces) {
  const standIn = join(packageFolder, "airgap", "gitlab-provider", "bin");
  const version = GITLAB_PROVIDER;
  return { kind: "resource", name: "gitlab", title: "GitLab provider", version, standIn } as const;
}

function pluginPlaces({ cache, signal, readOnly = false }: ToolchainPlaces): PluginPlaces {
  return { cache, signal, readOnly, pulumiHome: join(cache, "pulumi-home") };
}

function versionOf(name: string, packageFolder: string): string {
  const manifest = join(packageFolder, "node_modules", ...name.split("/"), "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
