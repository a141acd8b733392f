import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runChild } from "../machine/child-process.ts";
import { findProgram } from "../machine/programs.ts";
import type { Progress } from "../terminal/progress.ts";
import type { PluginKind, ReadyPulumi } from "./ready.ts";

interface PluginRequest {
  readonly cache: string;
  readonly packageFolder: string;
  readonly pulumiHome: string;
  readonly pulumi: ReadyPulumi;
  /** Whether runners in GitLab are among the resources. */
  readonly gitlab: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The plugins of the project's resources. */
export interface Plugins {
  /** That of the Docker provider, which every project needs. */
  readonly kind: PluginKind;
  /** The folders of the stand-ins that are needed, for PATH. */
  readonly folders: readonly string[];
}

/** Milliseconds for downloading the provider, some twenty megabytes. */
const DOWNLOAD_LIMIT = 120_000;
/** Milliseconds after which a download that failed is tried again. */
const A_DAY = 24 * 60 * 60 * 1000;

/** The version of the GitLab provider that the resources of infra/gitlab/ ask for. Its SDK is not among the packages. */
export const GITLAB_PROVIDER = "10.1.1";

/** Sees that the Docker provider, the GitLab provider where it is needed, and the Node language host are there: Pulumi's own, else the stand-ins, each for itself. */
export async function plugins(request: PluginRequest): Promise<Plugins> {
  const { packageFolder, pulumi } = request;
  const standIn = (name: string): string => join(packageFolder, "airgap", name, "bin");
  // A downloaded CLI comes with its language hosts, a compiled one comes alone.
  const hasLanguageHost =
    existsSync(join(dirname(pulumi.command), "pulumi-language-nodejs")) ||
    findProgram("pulumi-language-nodejs", process.env, (folder) => folder === standIn("language-host")) !==
      undefined;
  const manifest = join(packageFolder, "node_modules", "@pulumi", "docker", "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const isOfficial = async (provider: Provider) =>
    pulumi.kind !== "compiled" && (await officialProvider(request, provider));
  const hasDocker = await isOfficial({ name: "docker", title: "Docker", version });
  // Of a stack without runners nobody asks for it; where stand-ins serve, it is at hand for another stack that is to be removed.
  const hasGitLab = request.gitlab
    ? await isOfficial({ name: "gitlab", title: "GitLab", version: GITLAB_PROVIDER })
    : hasDocker;
  const folders = [
    ...(hasLanguageHost ? [] : [standIn("language-host")]),
    ...(hasDocker ? [] : [standIn("docker-provider")]),
    ...(hasGitLab ? [] : [standIn("gitlab-provider")]),
  ];
  return { kind: hasDocker ? "official" : "stand-in", folders };
}

interface Provider {
  /** As Pulumi calls it. */
  readonly name: string;
  /** As people do. */
  readonly title: string;
  readonly version: string;
}

async function officialProvider(
  { cache, pulumiHome, pulumi, progress, signal }: PluginRequest,
  { name, title, version }: Provider,
): Promise<boolean> {
  const plugin = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
  if (existsSync(plugin) && !existsSync(`${plugin}.partial`)) return true;
  const refused = join(cache, "reachable", `${name}-provider-${version}-refused`);
  if (existsSync(refused) && Date.now() - statSync(refused).mtimeMs < A_DAY) return false;
  return progress.step(`${title} provider for Pulumi`, async (step) => {
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
      step.result("the stand-in, for it cannot be downloaded here");
      return false;
    }
  });
}
