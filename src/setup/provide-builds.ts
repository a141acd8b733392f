import { readFileSync } from "node:fs";
import { buildImage, describeBuild, isBuilt } from "../docker/build/build-image.ts";
import { publishedReference, publishImage } from "../docker/build/publish-image.ts";
import { baseImages } from "../images/base-images.ts";
import { buildContext } from "../images/build-context.ts";
import type { PlannedBuild } from "../model/plan/plan.ts";
import { timed } from "../timings/timings.ts";
import { type ImagesRequest, images } from "./provide-images.ts";

interface BuildsRequest extends ImagesRequest {
  /** The folder that contexts start from. */
  readonly projectFolder: string;
}

/**
 * Builds images: those that the engine lacks, or with a registry those that it lacks, which it gets.
 * @returns the references of all of them in the registry, by the names of their builds
 * @throws ConfigurationError with the last lines of a build that failed, and for a registry that refuses an
 * image; ImageUnavailable for a base image
 */
export async function provideBuilds(
  wanted: readonly PlannedBuild[],
  registry: string | undefined,
  request: BuildsRequest,
): Promise<Readonly<Record<string, string>>> {
  if (registry !== undefined) return publishedBuilds(wanted, registry, request);
  await builds(wanted, request);
  return {};
}

/** Builds the images that the engine lacks, after the images that they start from. */
async function builds(wanted: readonly PlannedBuild[], request: BuildsRequest): Promise<void> {
  const { docker } = request.engine;
  const areBuilt = await Promise.all(wanted.map((build) => isBuilt(docker, build)));
  const missing = wanted.filter((_, index) => !areBuilt[index]);
  await images(
    missing.flatMap((build) => basesOf(build, request)),
    request,
  );
  // One after the other: stages that they have in common are built once.
  for (const build of missing) await provideBuild(build, request);
}

/** Builds the images that a registry lacks, and pushes them to it. */
async function publishedBuilds(
  wanted: readonly PlannedBuild[],
  registry: string,
  request: BuildsRequest,
): Promise<Readonly<Record<string, string>>> {
  const { environment, signal, progress } = request;
  const publishing = { docker: request.engine.docker, environment, signal };
  const found = await Promise.all(wanted.map((build) => publishedReference(build, registry, publishing)));
  const missing = wanted.filter((_, index) => found[index] === undefined);
  await builds(missing, request);
  const pushed = new Map<string, string>();
  for (const build of missing) {
    await progress.step(`Push ${describeBuild(build)}`, async (step) => {
      pushed.set(build.image, await publishImage(build, registry, { ...publishing, onLine: step.detail }));
      step.result(`to ${registry}`);
    });
  }
  return Object.fromEntries(
    wanted.map(({ image }, index) => [image, found[index] ?? pushed.get(image) ?? image]),
  );
}

function basesOf(build: PlannedBuild, { projectFolder }: BuildsRequest): readonly string[] {
  // BuildKit asks the registry for another platform's.
  if (build.platform !== undefined) return [];
  const { dockerfile } = buildContext(projectFolder, build, `build of ${describeBuild(build)}`);
  return baseImages(readFileSync(dockerfile, "utf8"), build.args);
}

function provideBuild(build: PlannedBuild, request: BuildsRequest): Promise<void> {
  const { engine, projectFolder, environment, progress, signal, timings } = request;
  return progress.step(`Build ${describeBuild(build)}`, async (step) => {
    const options = {
      ...{ docker: engine.docker, projectFolder, environment, signal, onLine: step.detail },
      onWait: (holder: number) => step.waiting(`waiting for process ${holder}`),
    };
    const label = { part: `image ${build.image}`, step: "build" };
    const isNew = await timed(timings, label, () => buildImage(build, options));
    step.result(isNew ? "built" : "present");
  });
}
