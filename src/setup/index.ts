import { mkdirSync, readlinkSync, realpathSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder } from "../machine/cache-folder.ts";
import { certificateBundle } from "../machine/certificate-bundle.ts";
import { findProgram } from "../machine/programs.ts";
import type { Progress } from "../terminal/progress.ts";
import { type Airgap, loadAirgap } from "./airgap.ts";
import { dockerEngine, type FoundEngine } from "./docker-engine.ts";
import { interruptible } from "./interruption.ts";
import { images } from "./provide-images.ts";
import type { Toolchain } from "./pulumi-toolchain.ts";
import type { Ready, SetUpRequest } from "./ready.ts";

export type { Ready } from "./ready.ts";

/**
 * Sets up the requirements of a command: a Docker engine, the Pulumi CLI with its plugins, and images.
 * Existing parts are used, missing ones are created in the cache folder, independent ones in parallel.
 * A killed set-up can be repeated, and concurrent ones wait for each other. With nothing to do it takes
 * milliseconds.
 *
 * @throws DockerMissing, PulumiMissing or ImageUnavailable for what this machine cannot provide.
 */
export async function setUp(request: SetUpRequest, progress: Progress): Promise<Ready> {
  if (request.signal !== undefined) return setUpUntil(request.signal, request, progress);
  return interruptible((signal) => setUpUntil(signal, request, progress), progress.close);
}

async function setUpUntil(outer: AbortSignal, request: SetUpRequest, progress: Progress): Promise<Ready> {
  const cache = cacheFolder();
  const { projectFolder } = request;
  const airgap = loadAirgap(projectFolder);
  mkdirSync(cache, { recursive: true });
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);

  const dockerSide = async () => {
    if (!request.docker && request.images.length === 0) return { engine: undefined, images: [] };
    const engine = await dockerEngine(cache, airgap, progress, signal);
    const context = { airgap, cache, engine, progress, signal };
    return { engine, images: await images(request.images, context) };
  };
  const pulumiSide = async () => {
    const { pulumi, providers = ["docker"] } = request;
    if (!pulumi) return undefined;
    const { toolchain } = await import("./pulumi-toolchain.ts");
    return toolchain({ airgap, cache, projectFolder, providers, progress, signal });
  };
  const [docker, pulumi] = await allOrNone([dockerSide(), pulumiSide()], failure);
  const { engine } = docker;
  const caBundle = certificateBundle();
  return {
    ...(engine && { docker: { host: engine.host, kind: engine.kind, version: engine.version } }),
    ...(pulumi && { pulumi: pulumi.pulumi, plugins: pulumi.plugins, passedOver: pulumi.passedOver }),
    images: docker.images,
    environment: {
      PATH: searchPath(projectFolder, airgap, engine, pulumi),
      ...(engine && { DOCKER_HOST: engine.host }),
      ...pulumiEnvironment(pulumi),
      ...(engine?.mirror !== undefined && { NESTBOX_REGISTRY_MIRROR: engine.mirror }),
      ...(caBundle !== undefined && { NESTBOX_CA_BUNDLE: caBundle }),
    },
  };
}

/** The results of both. If one fails, aborts the other and waits for its end before throwing. */
async function allOrNone<One, Other>(
  sides: readonly [Promise<One>, Promise<Other>],
  failure: AbortController,
): Promise<[One, Other]> {
  for (const side of sides) side.catch((error: unknown) => failure.abort(error));
  await Promise.allSettled(sides);
  failure.signal.throwIfAborted();
  return Promise.all(sides);
}

/** PATH with Node first: stand-in plugins are scripts that need this command's Node. */
function searchPath(
  projectFolder: string,
  airgap: Airgap | undefined,
  engine: FoundEngine | undefined,
  pulumi: Toolchain | undefined,
): string {
  const bin = join(projectFolder, "node_modules", ".bin");
  const before = [
    bin,
    ...nodeFolder(bin),
    ...(pulumi ? [...pulumi.folders, dirname(pulumi.pulumi.command)] : []),
  ];
  const present = (process.env.PATH ?? "").split(delimiter).filter((folder) => !before.includes(folder));
  return [...before, ...present, ...dockerCommandFolder(airgap, engine)].join(delimiter);
}

/** The folder of this Node, unless the project or PATH has the same. */
function nodeFolder(bin: string): readonly string[] {
  const found = findProgram("node", { PATH: [bin, process.env.PATH].join(delimiter) });
  const isThisNode = found !== undefined && realpathSync(found) === realpathSync(process.execPath);
  return isThisNode ? [] : [dirname(process.execPath)];
}

/** The folder of the docker command that comes with the started engine, where this machine has none. */
function dockerCommandFolder(airgap: Airgap | undefined, engine: FoundEngine | undefined): readonly string[] {
  if (airgap === undefined || engine?.kind !== "nestbox" || findProgram("docker") !== undefined) return [];
  const folder = join(cacheFolder(), "engine", "bin");
  const program = airgap.dockerCommand(cacheFolder());
  const link = join(folder, "docker");
  mkdirSync(folder, { recursive: true });
  try {
    symlinkSync(program, link);
  } catch {
    if (readlinkSync(link) !== program)
      throw new Error(`${link}: not the link that the set-up creates; remove it`);
  }
  return [folder];
}

/** The variables of the Pulumi CLI. The passphrase is empty unless the user sets one. */
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
