import { mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { engineRootPath } from "../../airgap/engine/engine-root.ts";
import { cacheFolder } from "../machine/cache-folder.ts";
import { certificateBundle } from "../machine/certificates.ts";
import { findProgram } from "../machine/programs.ts";
import { uplinkMtu } from "../machine/uplink.ts";
import type { Progress } from "../terminal/progress.ts";
import { dockerEngine, type FoundEngine } from "./docker-engine.ts";
import { images } from "./images.ts";
import { interruptible } from "./interruption.ts";
import type { Ready, SetUpRequest } from "./ready.ts";
import { type Toolchain, toolchain } from "./toolchain.ts";

export type { Ready } from "./ready.ts";

/**
 * Sees that this machine has what a command needs: a Docker engine, the Pulumi CLI with its plugins, images.
 * What is there is used as it is; what is missing is made in the cache folder, independent steps side by
 * side. May be killed at any moment and called again; two at once wait for each other. Done, it costs
 * milliseconds.
 *
 * @throws DockerMissing, PulumiMissing or ImageUnavailable, saying what to do, for what cannot be had here.
 */
export async function setUp(request: SetUpRequest, progress: Progress): Promise<Ready> {
  if (request.signal !== undefined) return setUpUntil(request.signal, request, progress);
  return interruptible((signal) => setUpUntil(signal, request, progress), progress.close);
}

async function setUpUntil(outer: AbortSignal, request: SetUpRequest, progress: Progress): Promise<Ready> {
  const cache = cacheFolder();
  const packageFolder = request.projectFolder;
  mkdirSync(cache, { recursive: true });
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);

  const dockerSide = async (): Promise<DockerSide> => {
    if (!request.docker && request.images.length === 0) return { images: [] };
    const engine = await dockerEngine(cache, packageFolder, progress, signal);
    const context = { cache, packageFolder, engine, progress, signal };
    return { engine, images: await images(request.images, context) };
  };
  const pulumiSide = async (): Promise<Toolchain | undefined> =>
    request.pulumi
      ? toolchain({ cache, packageFolder, gitlab: request.gitlab ?? false, progress, signal })
      : undefined;
  const [docker, pulumi] = await allOrNone([dockerSide(), pulumiSide()], failure);
  return describe(request, docker, pulumi);
}

interface DockerSide {
  readonly engine?: FoundEngine;
  readonly images: Ready["images"];
}

/**
 * The results of both; when one fails, the other is aborted and waited for before the failure is thrown on.
 */
async function allOrNone<One, Other>(
  sides: readonly [Promise<One>, Promise<Other>],
  failure: AbortController,
): Promise<[One, Other]> {
  for (const side of sides) side.catch((error: unknown) => failure.abort(error));
  await Promise.allSettled(sides);
  failure.signal.throwIfAborted();
  return Promise.all(sides);
}

function describe(request: SetUpRequest, docker: DockerSide, pulumi: Toolchain | undefined): Ready {
  const { engine } = docker;
  const caBundle = certificateBundle();
  return {
    ...(engine && { docker: { host: engine.host, kind: engine.kind, version: engine.version } }),
    ...(pulumi && { pulumi: pulumi.pulumi, plugins: pulumi.plugins, passedOver: pulumi.passedOver }),
    images: docker.images,
    environment: {
      PATH: searchPath(request, engine, pulumi),
      ...(engine && { DOCKER_HOST: engine.host }),
      ...pulumiEnvironment(pulumi),
      NESTBOX_MTU: String(uplinkMtu()),
      ...(engine?.mirror !== undefined && { NESTBOX_REGISTRY_MIRROR: engine.mirror }),
      ...(caBundle !== undefined && { NESTBOX_CA_BUNDLE: caBundle }),
    },
  };
}

/** Node first: the plugins' `#!` lines must find the project's. */
function searchPath(
  request: SetUpRequest,
  engine: FoundEngine | undefined,
  pulumi: Toolchain | undefined,
): string {
  const before = [
    join(request.projectFolder, "node_modules", ".bin"),
    ...(pulumi ? [...pulumi.folders, dirname(pulumi.pulumi.command)] : []),
  ];
  const present = (process.env.PATH ?? "").split(delimiter).filter((folder) => !before.includes(folder));
  return [...before, ...present, ...dockerCommandFolder(engine)].join(delimiter);
}

/** The own engine's root has a docker command, which serves where this machine has none. */
function dockerCommandFolder(engine: FoundEngine | undefined): readonly string[] {
  if (engine?.kind !== "nestbox" || findProgram("docker") !== undefined) return [];
  const folder = join(cacheFolder(), "engine", "bin");
  const program = join(engineRootPath(cacheFolder()), "usr", "bin", "docker");
  mkdirSync(folder, { recursive: true });
  linkTo(program, join(folder, "docker"));
  return [folder];
}

function linkTo(target: string, link: string): void {
  try {
    symlinkSync(target, link);
  } catch {
    if (readlinkSync(link) !== target) throw new Error(`${link} is in the way; remove it.`);
  }
}

/**
 * Pulumi's plugins stay in the cache folder, and nobody is asked for a passphrase, unless the user says
 * otherwise.
 */
function pulumiEnvironment(pulumi: Toolchain | undefined): Record<string, string> {
  if (pulumi === undefined) return {};
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  const hasPassphrase = PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    PULUMI_HOME: pulumi.home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(!hasPassphrase && { PULUMI_CONFIG_PASSPHRASE: "" }),
  };
}
