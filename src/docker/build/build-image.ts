import { stripVTControlCharacters } from "node:util";
import { buildContext } from "../../images/build-context.ts";
import { contentTag, filesDigest } from "../../images/content-tag.ts";
import { FilesChanged } from "../../images/files-changed.ts";
import { ChildFailed } from "../../machine/child-process.ts";
import { acquireLock } from "../../machine/lock.cjs";
import { LABEL, type Labels } from "../../model/labels.ts";
import type { PlannedBuild } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { inspectImage, nameImage, removeImageName } from "../engine-images.ts";
import type { DockerHost } from "../host.ts";
import { BuildFailed, buildByApi } from "./build-by-api.ts";
import { buildByBuildx, hasBuildx } from "./build-by-buildx.ts";
import type { BuildRequest } from "./build-request.ts";

/** An engine notes a use of an image at most this often, in milliseconds. */
const NOTED_EVERY = 3_600_000;

/**
 * Whether the engine has the image of a build. Notes that it is used: `nestbox gc` removes those that nothing
 * has used for long.
 */
export async function isBuilt(docker: DockerHost, { image }: PlannedBuild): Promise<boolean> {
  const found = await inspectImage(docker, image);
  if (found === undefined) return false;
  // The image may go meanwhile; then it is missing where it is used.
  if (found.named < Date.now() - NOTED_EVERY) await nameImage(docker, image, image).catch(() => {});
  return true;
}

/**
 * Builds an image that an engine lacks: by BuildKit where the docker command has buildx, else by the engine's
 * own builder. The image gets its name at the end, so that a build which is killed leaves no image.
 * @returns whether it was built; another process may have done it meanwhile
 * @throws ConfigurationError with the last lines of a build that failed; FilesChanged; the signal's reason
 */
export async function buildImage(build: PlannedBuild, request: BuildRequest): Promise<boolean> {
  const { docker, projectFolder, environment, onWait = () => {}, signal } = request;
  const place = describeBuild(build);
  const giveBack = await acquireLock(`${docker.host} ${build.image}`, onWait);
  try {
    if (await isBuilt(docker, build)) return false;
    const context = buildContext(projectFolder, build, place);
    const labels: Labels = { [LABEL.build]: build.context };
    if (await hasBuildx(environment)) await buildByBuildx(build, context, labels, request);
    else await buildByApi(build, context, labels, request);
    await requireUnchanged(build, request);
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof BuildFailed) throw failure(place, build, error.lastLines, error.message);
    if (error instanceof ChildFailed) throw failure(place, build, error.lastLines);
    throw error;
  } finally {
    await giveBack();
  }
}

/** Takes the name from an image that may not have the files that its name stands for. */
async function requireUnchanged(build: PlannedBuild, { docker, projectFolder }: BuildRequest): Promise<void> {
  const place = describeBuild(build);
  const digest = filesDigest(buildContext(projectFolder, build, place));
  if (build.image.endsWith(`:${contentTag(build, digest)}`)) return;
  await removeImageName(docker, build.image);
  throw new FilesChanged(place);
}

/** A build in messages: `api`, `api (tests)`. */
export function describeBuild({ context, target }: PlannedBuild): string {
  return `${context === "." ? "the project" : context}${target === undefined ? "" : ` (${target})`}`;
}

function failure(
  place: string,
  { context, dockerfile }: PlannedBuild,
  lastLines: readonly string[],
  message?: string,
): ConfigurationError {
  const shown = [...lastLines, ...(message === undefined ? [] : [message])].map(stripVTControlCharacters);
  const lines = shown.filter((line) => line.trim() !== "").map((line) => `\n    ${line}`);
  const file = context === "." ? dockerfile : `${context}/${dockerfile}`;
  return new ConfigurationError(
    `build of ${place}: failed; correct ${file}, or what it needs${lines.join("")}`,
  );
}
