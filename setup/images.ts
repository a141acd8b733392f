import { join } from "node:path";
import { mirrorStorage } from "../airgap/engine/engine.ts";
import { buildStandIn, recipeOf } from "../airgap/images/build.ts";
import {
  hubName,
  RECIPE_LABEL,
  STAND_IN_LABEL,
  STAND_INS,
  type StandIn,
  standInFor,
} from "../airgap/images/stand-ins.ts";
import { storedImage, storeImages } from "../airgap/registry/storage.ts";
import { callDocker, readText } from "../machine/docker/api.ts";
import { inspectImage, pullImage, saveImages } from "../machine/docker/images.ts";
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
 * Sees that the engine has the images: it has them, or they are pulled, or, where no registry answers, there are stand-ins.
 * An engine of the project's own gets the stand-ins into its mirror too, for nested engines.
 *
 * @throws ImageUnavailable naming the image that cannot be had.
 */
export async function images(
  names: readonly string[],
  request: ImagesRequest,
): Promise<readonly ReadyImage[]> {
  const ready = await Promise.all([...new Set(names)].map((name) => image(name, request)));
  if (request.engine.mirror !== undefined) await fillMirror(ready, request);
  return ready;
}

async function image(name: string, request: ImagesRequest): Promise<ReadyImage> {
  const { engine, progress, cache } = request;
  const present = await presentImage(name, request);
  if (present !== undefined) return present;
  const standIn = standInFor(name);
  if (standIn === undefined && !(await mayBePulled(name, request))) throw unavailable(name);
  return progress.step(`Image ${name}`, async (step) => {
    const giveBack = await acquireLock(`${cache} ${engine.host} ${name}`, (holder) =>
      step.detail(`waiting for process ${holder}`),
    );
    try {
      const meanwhile = await presentImage(name, request);
      if (meanwhile !== undefined) return meanwhile;
      const pulled = await tryPull(name, request, step.detail);
      if (pulled === undefined) {
        step.result("pulled");
        return { name, kind: "pulled" };
      }
      if (standIn === undefined) throw unavailable(name, pulled);
      await buildStandIn(standIn, {
        docker: engine.docker,
        cache,
        imagesFolder: imagesFolder(request),
        signal: request.signal,
        onDetail: step.detail,
      });
      step.result("stand-in, made of Debian's packages");
      return { name, kind: "stand-in" };
    } finally {
      await giveBack();
    }
  });
}

/** The image as the engine has it, unless it is a stand-in of an earlier recipe. */
async function presentImage(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const found = await inspectImage(request.engine.docker, name);
  if (found === undefined) return undefined;
  if (found.labels[STAND_IN_LABEL] === undefined) return { name, kind: "present" };
  const standIn = standInFor(name);
  const isCurrent =
    standIn === undefined || found.labels[RECIPE_LABEL] === recipeOf(standIn, imagesFolder(request));
  return isCurrent ? { name, kind: "stand-in" } : undefined;
}

/** Pulls an image; returns why that failed, or nothing if it did not. */
async function tryPull(
  name: string,
  request: ImagesRequest,
  onDetail: (text: string) => void,
): Promise<string | undefined> {
  if (!(await mayBePulled(name, request))) return "no registry answers";
  try {
    await pullImage(request.engine.docker, name, onDetail, request.signal);
    return undefined;
  } catch (error) {
    request.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a registry may have the image. What only Docker Hub has cannot be had where that does not answer. */
async function mayBePulled(name: string, { cache, engine }: ImagesRequest): Promise<boolean> {
  if (hubName(name) === undefined) return true;
  if (await isReachable(DOCKER_HUB, cache)) return true;
  return engine.kind === "existing" && (await hasMirror(engine));
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
    if (standIn !== undefined && (await isMissing(standIn))) missing.push(standIn.name);
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

function unavailable(name: string, reason = "no registry answers"): ImageUnavailable {
  const standIns = STAND_INS.map((standIn) => standIn.name).join(", ");
  return new ImageUnavailable(
    `The image ${name} cannot be had: ${reason}.\n` +
      `  Check its name, or load it into the engine with "docker load". Without a registry there are: ${standIns}.`,
  );
}
