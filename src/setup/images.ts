import { join } from "node:path";
import { mirrorStorage } from "../../airgap/engine/engine.ts";
import { CannotCompile } from "../../airgap/go-programs.ts";
import { buildStandIn, recipeOf, removeBuildLeftovers } from "../../airgap/images/build.ts";
import {
  hubName,
  MIRROR_LABEL,
  RECIPE_LABEL,
  STAND_IN_LABEL,
  STAND_INS,
  type StandIn,
  standInFor,
} from "../../airgap/images/stand-ins.ts";
import { storedImage, storeImages } from "../../airgap/registry/storage.ts";
import { callDocker, readText } from "../docker/api.ts";
import { inspectImage, pullImage, saveImages } from "../docker/images.ts";
import { acquireLock } from "../machine/lock.cjs";
import { DOCKER_HUB, isReachable } from "../machine/public-host.ts";
import type { Progress } from "../terminal/progress.ts";
import type { FoundEngine } from "./docker-engine.ts";
import { ImageUnavailable } from "./errors.ts";
import type { ReadyImage } from "./ready.ts";

interface ImagesRequest {
  readonly cache: string;
  readonly packageFolder: string;
  readonly engine: FoundEngine;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Sees that the engine has the images: it has them, or they are pulled, or, where no registry answers, there
 * are stand-ins. An engine of the project's own gets the stand-ins into its mirror too, for nested engines.
 *
 * @throws ImageUnavailable naming the image that cannot be had.
 */
export async function images(
  names: readonly string[],
  request: ImagesRequest,
): Promise<readonly ReadyImage[]> {
  const wanted = [...new Set(names)];
  const found = await Promise.all(wanted.map((name) => presentImage(name, request)));
  const missing = wanted.filter((_, index) => found[index] === undefined);
  const sources = await Promise.all(missing.map((name) => sourceOf(name, request)));
  const pulled = await Promise.all(
    sources.filter((source) => source.mayBePulled).map(({ name }) => pull(name, request)),
  );
  const isPulled = (name: string): boolean => pulled.some((image) => image?.name === name);
  const built = await standIns(
    missing.filter((name) => !isPulled(name)),
    request,
  );
  const ready = [...found, ...pulled, ...built].filter((image) => image !== undefined);
  if (request.engine.mirror !== undefined) await fillMirror(ready, request);
  const needed = ready.flatMap(({ name, kind }) => (kind === "stand-in" && standInFor(name)?.needs) || []);
  const others = needed.filter((name) => !wanted.includes(name));
  const more = others.length === 0 ? [] : await images(others, request);
  return [...wanted.flatMap((name) => ready.find((image) => image.name === name) ?? []), ...more];
}

interface Source {
  readonly name: string;
  readonly mayBePulled: boolean;
}

/** Where an image may come from; what has no source at all is refused before anything is made. */
async function sourceOf(name: string, { cache, engine }: ImagesRequest): Promise<Source> {
  // What only Docker Hub has cannot be had where that does not answer.
  const mayBePulled =
    hubName(name) === undefined ||
    (await isReachable(DOCKER_HUB, cache)) ||
    (engine.kind === "existing" && (await hasMirror(engine)));
  if (!mayBePulled && standInFor(name) === undefined) throw unavailable(name, "no registry answers");
  return { name, mayBePulled };
}

/** Pulls an image; nothing if that fails and a stand-in can take its place. */
async function pull(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const { engine, progress, signal } = request;
  return progress.step(`Image ${name}`, async (step) => {
    try {
      await pullImage(engine.docker, name, step.detail, signal);
      step.result("pulled");
      return { name, kind: "pulled" };
    } catch (error) {
      signal.throwIfAborted();
      if (standInFor(name) === undefined) throw unavailable(name, (error as Error).message);
      return undefined;
    }
  });
}

/** Builds the stand-ins of images; one process at a time, for it also removes what builds leave behind. */
async function standIns(names: readonly string[], request: ImagesRequest): Promise<readonly ReadyImage[]> {
  if (names.length === 0) return [];
  const { cache, engine, progress } = request;
  const giveBack = await acquireLock(`${cache} ${engine.host} stand-ins`, (holder) =>
    progress.print(`… Images: waiting for process ${holder}`),
  );
  try {
    const built = await Promise.all(names.map((name) => standIn(name, request)));
    await removeBuildLeftovers(engine.docker);
    return built;
  } finally {
    await giveBack();
  }
}

async function standIn(name: string, request: ImagesRequest): Promise<ReadyImage> {
  const { cache, engine, progress, signal } = request;
  const recipe = standInFor(name);
  if (recipe === undefined) throw unavailable(name, "no registry answers");
  return progress.step(`Image ${name}`, async (step) => {
    const meanwhile = await presentImage(name, request);
    if (meanwhile !== undefined) return meanwhile;
    const { docker } = engine;
    const folder = imagesFolder(request);
    try {
      const { mirror } = engine;
      await buildStandIn(recipe, {
        ...{ docker, cache, imagesFolder: folder, mirror, signal },
        onDetail: step.detail,
      });
    } catch (error) {
      throw error instanceof CannotCompile ? unavailable(name, error.message) : error;
    }
    step.result("stand-in, made of Debian's packages");
    return { name, kind: "stand-in" };
  });
}

/** The image as the engine has it, unless it is a stand-in of an earlier recipe. */
async function presentImage(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const found = await inspectImage(request.engine.docker, name);
  if (found === undefined) return undefined;
  if (found.labels[STAND_IN_LABEL] === undefined) return { name, kind: "present" };
  const standIn = standInFor(name);
  const { mirror } = request.engine;
  const isCurrent =
    standIn === undefined ||
    (found.labels[RECIPE_LABEL] === recipeOf(standIn, imagesFolder(request)) &&
      // One that was brought here from another engine pulls from that one's mirror, where this has none.
      !(standIn.pulls && mirror !== undefined && found.labels[MIRROR_LABEL] !== mirror));
  return isCurrent ? { name, kind: "stand-in" } : undefined;
}

async function hasMirror(engine: FoundEngine): Promise<boolean> {
  const answer = await callDocker(engine.docker, { method: "GET", path: "/info" });
  const info = JSON.parse(await readText(answer)) as {
    RegistryConfig?: { Mirrors?: readonly string[] | null };
  };
  return (info.RegistryConfig?.Mirrors ?? []).length > 0;
}

/** Images are stored by what they are, so this costs a look at some small files when nothing is new. */
async function fillMirror(ready: readonly ReadyImage[], request: ImagesRequest): Promise<void> {
  const { cache, engine, progress, signal } = request;
  const storage = mirrorStorage(cache);
  const isMissing = async (standIn: StandIn): Promise<boolean> => {
    const [, repository = "", tag = ""] = /^(.*):([^:]*)$/.exec(hubName(standIn.name) ?? "") ?? [];
    const found = await inspectImage(engine.docker, standIn.name);
    return storedImage(storage, repository, tag) !== found?.id;
  };
  const missing: string[] = [];
  for (const { name, kind } of ready) {
    const standIn = kind === "stand-in" ? standInFor(name) : undefined;
    // Docker asks a mirror for Docker Hub's images alone.
    const isHubs = standIn !== undefined && hubName(standIn.name) !== undefined;
    if (isHubs && (await isMissing(standIn))) missing.push(standIn.name);
  }
  if (missing.length === 0) return;
  await progress.step("Registry mirror", async (step) => {
    const giveBack = await acquireLock(storage, (holder) => step.detail(`waiting for process ${holder}`));
    try {
      await storeImages(await saveImages(engine.docker, missing, signal), storage);
      step.result(`serves ${missing.join(", ")} to nested engines`);
    } finally {
      await giveBack();
    }
  });
}

function imagesFolder({ packageFolder }: ImagesRequest): string {
  return join(packageFolder, "airgap", "images");
}

function unavailable(name: string, reason: string): ImageUnavailable {
  const standIns = STAND_INS.map((standIn) => standIn.name).join(", ");
  return new ImageUnavailable(
    `The image ${name} cannot be had: ${reason}.\n` +
      `  Check its name, or load it into the engine with "docker load". Without a registry there are: ${standIns}.`,
  );
}
