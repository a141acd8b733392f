import { mkdirSync, readlinkSync, realpathSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { engineVariables } from "../docker/host.ts";
import { cacheFolder } from "../machine/cache-folder.ts";
import { certificateBundle } from "../machine/certificate-bundle.ts";
import type { Environment } from "../machine/environment.ts";
import { findProgram } from "../machine/programs.ts";
import type { Progress } from "../terminal/progress.ts";
import { timed } from "../timings/timings.ts";
import { type Airgap, loadAirgap } from "./airgap.ts";
import { dockerEngine, type FoundEngine } from "./docker-engine.ts";
import { images } from "./provide-images.ts";
import type { Toolchain } from "./pulumi-toolchain.ts";
import type { Ready, ReadyDocker, SetUpRequest } from "./ready.ts";

export type { Ready } from "./ready.ts";

/**
 * Sets up the requirements of a command: a Docker engine, the Pulumi CLI with its plugins, and images.
 * Existing parts are used, missing ones are created in the cache folder, independent ones in parallel.
 * A killed set-up can be repeated, and concurrent ones wait for each other. With nothing to do it takes
 * milliseconds.
 *
 * @throws DockerMissing, PulumiMissing or ImageUnavailable for what this machine cannot provide; the signal's
 * reason.
 */
export async function setUp(request: SetUpRequest, progress: Progress): Promise<Ready> {
  const { projectFolder, environment, timings } = request;
  const cache = cacheFolder(environment);
  const airgap = loadAirgap(projectFolder, environment);
  mkdirSync(cache, { recursive: true });
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  const places = { airgap, cache, environment, progress, signal, timings };

  const dockerSide = async () => {
    if (!request.docker && request.images.length === 0)
      return { engine: undefined, images: [], published: {} };
    const engine = await timed(timings, { part: "engine", step: "find" }, () => dockerEngine(places));
    const ready = await images(request.images, { ...places, engine });
    const { builds = [], registry } = request;
    if (builds.length === 0) return { engine, images: ready, published: {} };
    // Imported here: few commands build an image.
    const { provideBuilds } = await import("./provide-builds.ts");
    const PATH = searchPath(request, { airgap, cache }, engine, undefined);
    const building = { ...places, environment: { ...environment, PATH }, engine, projectFolder };
    return { engine, images: ready, published: await provideBuilds(builds, registry, building) };
  };
  const pulumiSide = async () => {
    const { pulumi, providers = ["docker"] } = request;
    if (!pulumi) return undefined;
    const { toolchain } = await import("./pulumi-toolchain.ts");
    const find = () => toolchain({ ...places, projectFolder, providers });
    return timed(timings, { part: "Pulumi", step: "find", after: ["declarations"] }, find);
  };
  const [docker, pulumi] = await allOrNone([dockerSide(), pulumiSide()], failure);
  const { engine } = docker;
  const caBundle = certificateBundle(environment);
  const dockerVariables = engine && engineVariables(engine.docker);
  const clusterVariables = await clusterSide(request, { ...environment, ...dockerVariables });
  // What was complete before it noticed an interruption does not begin the command's own work.
  request.signal.throwIfAborted();
  return {
    ...(engine && { docker: readyDocker(engine) }),
    ...(pulumi && { pulumi: pulumi.pulumi, plugins: pulumi.plugins, passedOver: pulumi.passedOver }),
    images: docker.images,
    published: docker.published,
    environment: {
      PATH: searchPath(request, { airgap, cache }, engine, pulumi),
      ...dockerVariables,
      ...pulumiEnvironment(pulumi, environment),
      ...(engine?.mirror !== undefined && { NESTBOX_REGISTRY_MIRROR: engine.mirror }),
      ...(caBundle !== undefined && { NESTBOX_CA_BUNDLE: caBundle }),
      ...clusterVariables,
    },
  };
}

function readyDocker({ host, kind, version, origin }: FoundEngine): ReadyDocker {
  return { host, kind, version, ...(origin !== undefined && { origin }) };
}

/** The variables for the cluster of nestbox-airgap, if the command may use it and it runs. */
async function clusterSide(
  { cluster = false, projectFolder }: SetUpRequest,
  environment: Environment,
): Promise<Readonly<Record<string, string>>> {
  if (!cluster) return {};
  // Imported here: stacks on an engine need none of it.
  const { clusterEnvironment } = await import("./provide-cluster.ts");
  return clusterEnvironment(projectFolder, environment);
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

/** Where the docker command of an engine that was started is. */
interface CommandPlaces {
  readonly airgap: Airgap | undefined;
  readonly cache: string;
}

/** PATH with Node first: stand-in plugins are scripts that need this command's Node. */
function searchPath(
  { projectFolder, environment }: SetUpRequest,
  places: CommandPlaces,
  engine: FoundEngine | undefined,
  pulumi: Toolchain | undefined,
): string {
  const bin = join(projectFolder, "node_modules", ".bin");
  const before = [
    bin,
    ...nodeFolder(bin, environment),
    ...(pulumi ? [...pulumi.folders, dirname(pulumi.pulumi.command)] : []),
  ];
  const present = (environment.PATH ?? "").split(delimiter).filter((folder) => !before.includes(folder));
  return [...before, ...present, ...dockerCommandFolder(places, engine, environment)].join(delimiter);
}

/** The folder of this Node, unless the project or PATH has the same. */
function nodeFolder(bin: string, { PATH }: Environment): readonly string[] {
  const found = findProgram("node", { PATH: [bin, PATH].join(delimiter) });
  const isThisNode = found !== undefined && realpathSync(found) === realpathSync(process.execPath);
  return isThisNode ? [] : [dirname(process.execPath)];
}

/** The folder of the docker command that comes with the started engine, where this machine has none. */
function dockerCommandFolder(
  { airgap, cache }: CommandPlaces,
  engine: FoundEngine | undefined,
  environment: Environment,
): readonly string[] {
  if (airgap === undefined || engine?.kind !== "nestbox") return [];
  if (findProgram("docker", environment) !== undefined) return [];
  const folder = join(cache, "engine", "bin");
  const program = airgap.dockerCommand(cache);
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
function pulumiEnvironment(pulumi: Toolchain | undefined, environment: Environment): Record<string, string> {
  if (pulumi === undefined) return {};
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = environment;
  const hasPassphrase = PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    PULUMI_HOME: pulumi.home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(!hasPassphrase && { PULUMI_CONFIG_PASSPHRASE: "" }),
  };
}
