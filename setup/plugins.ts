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
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The plugins of the project's resources. */
export interface Plugins {
  readonly kind: PluginKind;
  /** The folders of the stand-ins that are needed, for PATH. */
  readonly folders: readonly string[];
}

/** Milliseconds for downloading the provider, some twenty megabytes. */
const DOWNLOAD_LIMIT = 120_000;
/** Milliseconds after which a download that failed is tried again. */
const A_DAY = 24 * 60 * 60 * 1000;

/** Sees that the Docker provider and the Node language host are there: Pulumi's own, else the stand-ins. */
export async function plugins(request: PluginRequest): Promise<Plugins> {
  const { packageFolder, pulumi } = request;
  const standIn = (name: string): string => join(packageFolder, "airgap", name, "bin");
  // A downloaded CLI comes with its language hosts, a compiled one comes alone.
  const hasLanguageHost =
    existsSync(join(dirname(pulumi.command), "pulumi-language-nodejs")) ||
    findProgram("pulumi-language-nodejs", process.env, (folder) => folder === standIn("language-host")) !==
      undefined;
  const hasProvider = pulumi.kind !== "compiled" && (await officialProvider(request));
  const folders = [
    ...(hasLanguageHost ? [] : [standIn("language-host")]),
    ...(hasProvider ? [] : [standIn("docker-provider"), standIn("gitlab-provider")]),
  ];
  return { kind: hasProvider ? "official" : "stand-in", folders };
}

async function officialProvider(request: PluginRequest): Promise<boolean> {
  const { cache, packageFolder, pulumiHome, pulumi, progress, signal } = request;
  const manifest = join(packageFolder, "node_modules", "@pulumi", "docker", "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const plugin = join(pulumiHome, "plugins", `resource-docker-v${version}`);
  if (existsSync(plugin) && !existsSync(`${plugin}.partial`)) return true;
  const refused = join(cache, "reachable", `docker-provider-${version}-refused`);
  if (existsSync(refused) && Date.now() - statSync(refused).mtimeMs < A_DAY) return false;
  return progress.step("Docker provider for Pulumi", async (step) => {
    try {
      await runChild({
        command: pulumi.command,
        args: ["plugin", "install", "resource", "docker", version],
        environment: { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_LIMIT)]),
        log: join(cache, "logs", "docker-provider.log"),
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
