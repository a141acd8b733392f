import { askDocker } from "../docker/api.ts";
import { inspectImage, pullImage } from "../docker/engine-images.ts";
import { acquireLock } from "../machine/lock.cjs";
import { DOCKER_HUB, isReachable } from "../machine/public-host.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Airgap } from "./airgap.ts";
import type { FoundEngine } from "./docker-engine.ts";
import type { ReadyImage } from "./ready.ts";

/** The engine lacks an image, no registry serves it, and there is no stand-in for it. */
export class ImageUnavailable extends ConfigurationError {
  override readonly name = "ImageUnavailable";
}

interface ImagesRequest {
  readonly cache: string;
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
  const found = await Promise.all(wanted.map((name) => presentImage(name, request)));
  const missing = wanted.filter((_, index) => found[index] === undefined);
  const mayPull = await Promise.all(missing.map((name) => mayBePulled(name, request)));
  const pullable = missing.filter((_, index) => mayPull[index]);
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

/** Whether an image may be pulled. Throws for one without a source, before anything is pulled or built. */
async function mayBePulled(name: string, { airgap, cache, engine }: ImagesRequest): Promise<boolean> {
  const mayPull =
    hubName(name) === undefined ||
    (await isReachable(DOCKER_HUB, cache)) ||
    (engine.kind === "existing" && (await hasMirror(engine)));
  if (!mayPull && standInFor(name, airgap) === undefined)
    throw unavailable(name, "no registry answers", airgap);
  return mayPull;
}

/** Pulls an image; undefined if that fails and there is a stand-in. */
async function pull(name: string, request: ImagesRequest): Promise<ReadyImage | undefined> {
  const { airgap, engine, progress, signal } = request;
  return progress.step(`Image ${name}`, async (step) => {
    try {
      await pullImage(engine.docker, name, step.detail, signal);
      step.result("pulled");
      return { name, kind: "pulled" };
    } catch (error) {
      signal.throwIfAborted();
      if (standInFor(name, airgap) === undefined) throw unavailable(name, (error as Error).message, airgap);
      return undefined;
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
  const { airgap, cache, engine, progress, signal } = request;
  const found = standInFor(name, airgap);
  if (airgap === undefined || found === undefined) throw unavailable(name, "no registry answers", airgap);
  return progress.step(`Image ${name}`, async (step) => {
    const meanwhile = await presentImage(name, request);
    if (meanwhile !== undefined) return meanwhile;
    const { docker, mirror } = engine;
    const { dependencies } = airgap;
    const task = { docker, cache, dependencies, mirror, signal, onDetail: step.detail };
    try {
      await airgap.buildStandIn(found.name, task);
    } catch (error) {
      throw error instanceof airgap.CannotCompile ? unavailable(name, error.message, airgap) : error;
    }
    step.result("stand-in, made of Debian's packages");
    return { name, kind: "stand-in" };
  });
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
  const [first = "", ...rest] = image.replace(/^(index\.)?docker\.io\//, "").split("/");
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isRegistry) return undefined;
  const path = rest.length === 0 ? `library/${first}` : [first, ...rest].join("/");
  return /[:@]/.test(path) ? path : `${path}:latest`;
}

async function hasMirror(engine: FoundEngine): Promise<boolean> {
  type Info = { readonly RegistryConfig?: { readonly Mirrors?: readonly string[] | null } };
  const { RegistryConfig } = await askDocker<Info>(engine.docker, "/info");
  return (RegistryConfig?.Mirrors ?? []).length > 0;
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
