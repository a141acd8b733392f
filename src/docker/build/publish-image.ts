import { acquireLock } from "../../machine/lock.cjs";
import { nameInRegistry } from "../../model/plan/build-name.ts";
import type { PlannedBuild } from "../../model/plan/plan.ts";
import { nameImage, removeImageName } from "../engine-images.ts";
import { pushedDigest, pushWithCredentials } from "../registry/push-with-credentials.ts";
import type { BuildRequest } from "./build-request.ts";

/** What publishing an image needs, beside its build. */
type PublishRequest = Pick<BuildRequest, "docker" | "environment" | "onLine" | "signal">;

/**
 * The reference of a build's image in a registry, `registry.example.com/team/api:HASH@sha256:…`; undefined if
 * the registry lacks it, or refuses to say.
 * @throws the signal's reason
 */
export async function publishedReference(
  { image }: PlannedBuild,
  registry: string,
  { docker, ...request }: Omit<PublishRequest, "onLine">,
): Promise<string | undefined> {
  const name = nameInRegistry(image, registry);
  const digest = await pushedDigest(docker, name, request);
  return digest && `${name}@${digest}`;
}

/**
 * Pushes the image of a build, which the engine has, to a registry.
 * @returns its reference there; without a digest for an engine that names none
 * @throws ConfigurationError with the words of a registry that refuses it; the signal's reason
 */
export async function publishImage(
  { image }: PlannedBuild,
  registry: string,
  { docker, environment, onLine, signal }: PublishRequest,
): Promise<string> {
  const name = nameInRegistry(image, registry);
  // The engine pushes by a name, which another process would remove meanwhile.
  const giveBack = await acquireLock(`${docker.host} ${name}`);
  try {
    await nameImage(docker, image, name);
    const digest = await pushWithCredentials(docker, name, { environment, onDetail: onLine, signal });
    return digest === undefined ? name : `${name}@${digest}`;
  } finally {
    await removeImageName(docker, name).catch(() => {});
    await giveBack();
  }
}
