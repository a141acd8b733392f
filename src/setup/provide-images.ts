import { inspectImage } from "../docker/engine-images.ts";
import { PullRefused, pullWithCredentials } from "../docker/registry/pull-with-credentials.ts";
import { engineMirrors } from "../docker/registry/registry-access.ts";
import { acquireLock } from "../machine/lock.cjs";
import { type AskingPlace, DOCKER_HUB, isReachable } from "../machine/public-host.ts";
import { ConfigurationError } from "../model/problem.ts";
import { DOCKER_HUB_REGISTRY, imageLocation } from "../registry/image-registry.ts";
import type { Progress } from "../terminal/progress.ts";
import { type SpanLabel, type Timed, timed } from "../timings/timings.ts";
import type { Airgap } from "./airgap.ts";
import type { FoundEngine } from "./docker-engine.ts";
import type { ReadyImage } from "./ready.ts";

/** The engine lacks an image, no registry serves it, and there is no stand-in for it. */
export class ImageUnavailable extends ConfigurationError {
  override readonly name = "ImageUnavailable";
}

export interface ImagesRequest extends AskingPlace, Timed {
  readonly airgap: Airgap | undefined;
  readonly engine: FoundEngine;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Pulls the images that the engine lacks, or builds stand-ins where no registry answers. An engine with a
 * mirror gets the stand-ins into it too, for nested engines.
 *
 * @throws ImageUnavailable naming the image that can be neither pulled nor built.
 */
export async function images(
  names: readonly string[],
  request: ImagesRequest,
): Promise<readonly ReadyImage[]> {
  const wanted = [...new Set(names)];
  const look = () => Promise.all(wanted.map((name) => presentImage(name, request)));
  const found = await timed(request.timings, { part: "images", step: "look up" }, look);
  const missing = wanted.filter((_, index) => found[index] === undefined);
  const isPullable = await Promise.all(missing.map((name) => mayBePulled(name, request)));
  const pullable = missing.filter((_, index) => isPullable[index]);
  const pulled = await Promise.all(pullable.map((name) => pull(name, request)));
  const unpulled = missing.filter((name) => !pulled.some((image) => image?.name === name));
  const built = await standIns(unpulled, request);
  const ready = [...found, ...pulled, ...built].filter((image) => image !== undefined);
  await fillMirror(ready, request);
  const needed = ready.flatMap(
    ({ name, kind }) => (kind === "stand-in" && standInFor(name, request.airgap)?.needs) || [],
  );
  const others = needed.filter((name) => !wanted.includes(name));
  const more = others.length === 0 ? [] : await images(others, request);
  return [...wanted.flatMap((name) => ready.find((image) => image.name === name) ?? []), ...more];
}

/**
 * Whether the engine is asked to pull an image. It may reach a registry that this process does not, so that
 * only a stand-in replaces the attempt.
 */
async function mayBePulled(name: string, request: ImagesRequest): Promise<boolean> {
  const { airgap, engine } = request;
  return (
    standInFor(name, airgap) === undefined ||
    hubName(name) === undefined ||
    (await isReachable(DOCKER_HUB, request)) ||
    (engine.kind === "existing" && (await engineMirrors(engine.docker)).length > 0)
  );
}

/** Pulls an image; undefined if that fails and there is a stand-in. */
async function pull(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const { airgap, engine, environment, progress, signal, timings } = request;
  return progress.step(`Image ${name}`, async (step) => {
    const options = { environment, onDetail: step.detail, signal };
    try {
      await timed(timings, spanOf(name, "pull"), () => pullWithCredentials(engine.docker, name, options));
      step.result("pulled");
      return { name, kind: "pulled" };
    } catch (error) {
      signal.throwIfAborted();
      if (standInFor(name, airgap) !== undefined) return undefined;
      const { message } = error as Error;
      const isExplained = error instanceof PullRefused && error.hasRemedy;
      throw isExplained
        ? new ImageUnavailable(`Image ${name}: ${message}`)
        : unavailable(name, message, airgap);
    }
  });
}

/** Builds stand-ins. One process at a time, because it also removes the dangling images of builds. */
async function standIns(names: readonly string[], request: ImagesRequest): Promise<readonly ReadyImage[]> {
  const { airgap, cache, engine, progress } = request;
  if (names.length === 0) return [];
  const giveBack = await acquireLock(`${cache} ${engine.host} stand-ins`, (holder) =>
    progress.print(`… Images: waiting for process ${holder}`),
  );
  try {
    const built = await Promise.all(names.map((name) => standIn(name, request)));
    await airgap?.removeDanglingBuilds(engine.docker, airgap.dependencies);
    return built;
  } finally {
    await giveBack();
  }
}

async function standIn(name: string, request: ImagesRequest): Promise<ReadyImage> {
  const { airgap, cache, engine, progress, signal, timings } = request;
  const found = standInFor(name, airgap);
  if (airgap === undefined || found === undefined) throw unavailable(name, "no registry answers", airgap);
  return progress.step(`Image ${name}`, async (step) => {
    const meanwhile = await presentImage(name, request);
    if (meanwhile !== undefined) return meanwhile;
    const { docker, mirror } = engine;
    const { dependencies } = airgap;
    const task = { docker, cache, dependencies, mirror, signal, onDetail: step.detail };
    try {
      await timed(timings, spanOf(name, "build"), () => airgap.buildStandIn(found.name, task));
    } catch (error) {
      throw error instanceof airgap.CannotCompile ? unavailable(name, error.message, airgap) : error;
    }
    step.result("stand-in, made of Debian's packages");
    return { name, kind: "stand-in" };
  });
}

function spanOf(image: string, step: string): SpanLabel {
  return { part: `image ${image}`, step, after: ["images"] };
}

/** The image as the engine has it, unless it is an outdated stand-in. */
async function presentImage(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const { airgap, engine } = request;
  const found = await inspectImage(engine.docker, name);
  if (found === undefined) return undefined;
  const standInName = standInFor(name, airgap)?.name ?? name;
  const state = airgap?.standInState(standInName, found.labels, engine.mirror);
  if (state === "outdated") return undefined;
  return { name, kind: state === "current" ? "stand-in" : "present" };
}

/** The stand-in for an image, also under its full name: `docker.io/library/redis:7-alpine`. */
export function standInFor(image: string, airgap: Airgap | undefined) {
  const name = hubName(image) ?? image;
  return airgap?.STAND_INS.find((standIn) => (hubName(standIn.name) ?? standIn.name) === name);
}

/** An image's path on Docker Hub with its tag, `library/redis:7-alpine`; undefined for another registry's. */
export function hubName(image: string): string | undefined {
  const { registry, repository } = imageLocation(image);
  if (registry !== DOCKER_HUB_REGISTRY) return undefined;
  const [, suffix = ":latest"] = /^[^:@]*([:@].*)$/.exec(image) ?? [];
  return `${repository}${suffix}`;
}

/** Adds the stand-ins to the mirror of an engine that has one. */
async function fillMirror(ready: readonly ReadyImage[], request: ImagesRequest): Promise<void> {
  const { airgap, cache, engine, progress, signal } = request;
  if (airgap === undefined || engine.mirror === undefined) return;
  const names = ready.flatMap(({ name, kind }) =>
    kind === "stand-in" ? (standInFor(name, airgap)?.name ?? []) : [],
  );
  const { dependencies } = airgap;
  const places = { cache, dependencies, signal, docker: engine.docker };
  const missing = await airgap.missingInMirror(names, places);
  if (missing.length === 0) return;
  await progress.step("Registry mirror", async (step) => {
    await airgap.addToMirror(missing, { ...places, onDetail: step.detail });
    step.result(`serves ${missing.join(", ")} to nested engines`);
  });
}

function unavailable(name: string, reason: string, airgap: Airgap | undefined): ImageUnavailable {
  const names = airgap?.STAND_INS.map((standIn) => standIn.name).join(", ");
  const others =
    names === undefined
      ? "the package nestbox-airgap builds some without a registry"
      : `without a registry there are: ${names}`;
  return new ImageUnavailable(
    `Image ${name}: ${reason}; check its name, or load it into the engine with docker load (${others})`,
  );
}
