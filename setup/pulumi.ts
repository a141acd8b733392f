import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CannotCompile } from "../airgap/go-programs.ts";
import {
  compiledCliVersion,
  compiledProgram,
  compilePulumi,
  type PulumiModule,
  type PulumiProgram,
} from "../airgap/pulumi/compile.ts";
import { acquireLock } from "../machine/lock.cjs";
import { findProgram } from "../machine/programs.ts";
import { isReachable, PULUMI_DOWNLOADS } from "../machine/public-host.ts";
import type { Progress } from "../terminal/progress.ts";
import { PulumiMissing } from "./errors.ts";
import { downloadProvider, findProvider, installProvider, type Provider, pluginFolder } from "./provider.ts";
import { downloadCli, findCli } from "./pulumi-cli.ts";
import type { ReadyPlugin, ReadyPulumi } from "./ready.ts";

/** What is looked for, and where. */
export interface PulumiRequest {
  readonly cache: string;
  /** The folder with airgap/, and with the node_modules of the project's program. */
  readonly packageFolder: string;
  /** Whether runners in GitLab are among the resources. */
  readonly gitlab: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The Pulumi CLI and the plugins of a project's resources. */
export interface PulumiTools {
  readonly pulumi: ReadyPulumi;
  readonly plugins: readonly ReadyPlugin[];
  /** PULUMI_HOME of the project's own CLI runs. */
  readonly home: string;
  /** The folders that must come first on PATH. */
  readonly folders: readonly string[];
}

/** The version of the GitLab provider that infra/gitlab/ asks for. Its SDK is not among the packages. */
export const GITLAB_PROVIDER = "10.1.1";

/**
 * The Pulumi CLI with the Docker provider, the GitLab provider where it is needed, and the Node language host. What is
 * there is used; what is missing is downloaded; what cannot be downloaded is compiled, CLI and Docker provider in one
 * build, or has a stand-in.
 *
 * @throws PulumiMissing if CLI or Docker provider can neither be downloaded nor compiled.
 */
export async function pulumiTools(request: PulumiRequest): Promise<PulumiTools> {
  const { cli, docker } = await findTools(request);
  if (cli !== undefined && docker !== undefined) return withOtherPlugins(cli, docker, request);
  const giveBack = await acquireLock(join(request.cache, "pulumi"), (holder) =>
    request.progress.print(`… Pulumi: waiting for process ${holder}`),
  );
  try {
    return await provideTools(request);
  } finally {
    await giveBack();
  }
}

/** The CLI and the Docker provider as far as they are there. Changes nothing. */
export async function findTools(
  request: Omit<PulumiRequest, "progress" | "gitlab">,
): Promise<{ readonly cli?: ReadyPulumi; readonly docker?: ReadyPlugin }> {
  const [cli, docker] = await Promise.all([
    findCli({ ...request, version: versionOf("@pulumi/pulumi", request) }),
    findProvider(dockerProvider(request), pluginPlaces(request)),
  ]);
  const found = cli ?? compiledCli(request);
  return { ...(found && { cli: found }), ...(docker && { docker }) };
}

/** Downloads what is missing, as far as it can be, and compiles the rest. */
async function provideTools(request: PulumiRequest): Promise<PulumiTools> {
  const { cache, packageFolder, progress, signal } = request;
  const provider = dockerProvider(request);
  const found = await findTools(request);
  const cli =
    found.cli ?? (await downloadCli({ ...request, version: versionOf("@pulumi/pulumi", request) }, progress));
  const docker = found.docker ?? (cli && (await download(provider, cli, request)));
  const missing: readonly PulumiProgram[] = [
    ...(cli === undefined ? (["cli"] as const) : []),
    ...(docker === undefined ? (["dockerProvider"] as const) : []),
  ];
  if (missing.length > 0) await compileMissing(missing, request);
  if (docker === undefined) {
    const program = compiledProgram(cache, "dockerProvider", pulumiModule(packageFolder));
    installProvider(provider, pluginPlaces(request), program);
  }
  signal.throwIfAborted();
  const { cli: ready, docker: plugin } = await findTools(request);
  if (ready === undefined || plugin === undefined)
    throw new PulumiMissing("Pulumi vanished from the cache folder.");
  return withOtherPlugins(ready, plugin, request);
}

async function compileMissing(missing: readonly PulumiProgram[], request: PulumiRequest): Promise<void> {
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
      "  Install the Pulumi CLI (https://www.pulumi.com/docs/install/), and where it cannot download the provider: " +
      "pulumi plugin install resource docker --file",
  );
}

async function withOtherPlugins(
  pulumi: ReadyPulumi,
  docker: ReadyPlugin,
  request: PulumiRequest,
): Promise<PulumiTools> {
  const { packageFolder, gitlab } = request;
  const standIn = (name: string): string => join(packageFolder, "airgap", name, "bin");
  const languageHost = findLanguageHost(pulumi, standIn("language-host"));
  // Nobody asks for it in a stack without runners; a stand-in is at hand for another stack that is to be removed.
  const gitlabProvider = gitlab ? await gitlabPlugin(pulumi, standIn("gitlab-provider"), request) : undefined;
  const needsGitLabStandIn = gitlabProvider?.kind === "stand-in" || (!gitlab && docker.kind === "compiled");
  return {
    pulumi,
    plugins: [docker, languageHost, ...(gitlabProvider ? [gitlabProvider] : [])],
    home: pluginPlaces(request).pulumiHome,
    folders: [
      ...(languageHost.kind === "stand-in" ? [standIn("language-host")] : []),
      // Pulumi takes whatever is on PATH, of any version.
      ...(docker.passedOver ? [pluginFolder(dockerProvider(request), pluginPlaces(request))] : []),
      ...(needsGitLabStandIn ? [standIn("gitlab-provider")] : []),
    ],
  };
}

/** A downloaded CLI comes with its language hosts, a compiled one comes alone. */
function findLanguageHost(pulumi: ReadyPulumi, standIn: string): ReadyPlugin {
  const title = "Node language host";
  const name = "pulumi-language-nodejs";
  if (findProgram(name, process.env, (folder) => folder === standIn) !== undefined)
    return { title, kind: "path" };
  const isBeside = existsSync(join(dirname(pulumi.command), name));
  return { title, kind: isBeside ? "installed" : "stand-in" };
}

async function gitlabPlugin(
  pulumi: ReadyPulumi,
  standIn: string,
  request: PulumiRequest,
): Promise<ReadyPlugin> {
  const provider = { name: "gitlab", title: "GitLab provider", version: GITLAB_PROVIDER };
  const found =
    (await findProvider(provider, pluginPlaces(request), standIn)) ??
    (await download(provider, pulumi, request));
  return found ?? { title: provider.title, version: provider.version, kind: "stand-in" };
}

/** Where Pulumi's own CLI could not be downloaded, nobody waits for a provider either. */
async function download(
  provider: Provider,
  pulumi: ReadyPulumi,
  request: PulumiRequest,
): Promise<ReadyPlugin | undefined> {
  if (pulumi.kind === "compiled" && !(await isReachable(PULUMI_DOWNLOADS, request.cache))) return undefined;
  const places = pluginPlaces(request);
  const isThere = await downloadProvider(provider, places, pulumi, request.progress);
  return isThere ? findProvider(provider, places) : undefined;
}

function compiledCli({ cache, packageFolder }: Pick<PulumiRequest, "cache" | "packageFolder">) {
  const module = pulumiModule(packageFolder);
  const command = compiledProgram(cache, "cli", module);
  if (!existsSync(command)) return undefined;
  return { command, version: compiledCliVersion(module.moduleFolder), kind: "compiled" } as const;
}

function pulumiModule(packageFolder: string): PulumiModule {
  return {
    moduleFolder: join(packageFolder, "airgap", "pulumi"),
    dockerVersion: versionOf("@pulumi/docker", { packageFolder }),
  };
}

function dockerProvider({ packageFolder, cache }: Pick<PulumiRequest, "packageFolder" | "cache">): Provider {
  return {
    name: "docker",
    title: "Docker provider",
    version: versionOf("@pulumi/docker", { packageFolder }),
    compiled: compiledProgram(cache, "dockerProvider", pulumiModule(packageFolder)),
  };
}

function pluginPlaces({ cache, signal }: Pick<PulumiRequest, "cache" | "signal">) {
  return { cache, signal, pulumiHome: join(cache, "pulumi-home") };
}

function versionOf(name: string, { packageFolder }: Pick<PulumiRequest, "packageFolder">): string {
  const manifest = join(packageFolder, "node_modules", ...name.split("/"), "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
