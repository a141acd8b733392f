import { ConfigurationError } from "../../model/problem.ts";
import { imageLocation } from "../../registry/image-registry.ts";
import { DockerRefused } from "../api.ts";
import { digestInRegistry, pushImage } from "../engine-images.ts";
import type { DockerHost } from "../host.ts";
import { type AccessRequest, registryAccess } from "./registry-access.ts";
import { explainRefusal } from "./registry-refusal.ts";

interface PushRequest extends AccessRequest {
  /** Called for each step of the push. */
  readonly onDetail: (text: string) => void;
}

/**
 * Has an engine push an image to the registry in its name, with this machine's credentials for it.
 * @returns its digest there; undefined for an engine that names none
 * @throws ConfigurationError with the words of a registry that refuses it, and the remedy; the signal's
 * reason
 */
export async function pushWithCredentials(
  engine: DockerHost,
  image: string,
  { environment, onDetail, signal }: PushRequest,
): Promise<string | undefined> {
  const access = await registryAccess(engine, image, { environment, signal }, "push");
  try {
    return await pushImage(engine, image, onDetail, signal, access.credentials);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DockerRefused)) throw error;
    const { registry, repository } = imageLocation(image);
    const { message, hasRemedy } = explainRefusal(error, image, access, {
      denied: `does not take ${repository}, or only after a login; check the name of the repository`,
      deniedTo: (source) =>
        `does not take ${repository} by the login of ${source}; give it the right to push`,
      missing: `has no repository ${repository}; create it there`,
    });
    const remedy = hasRemedy
      ? ""
      : `; check that ${registry} is right, and that the engine reaches and trusts it`;
    throw new ConfigurationError(`push of ${image}: ${message}${remedy}`);
  }
}

/**
 * The digest that the registry in an image's name has for it, as the engine sees it; undefined if it has
 * none, or refuses to say.
 * @throws the signal's reason
 */
export async function pushedDigest(
  engine: DockerHost,
  image: string,
  { environment, signal }: AccessRequest,
): Promise<string | undefined> {
  const { credentials } = await registryAccess(engine, image, { environment, signal }, "pull");
  return digestInRegistry(engine, image, signal, credentials).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof DockerRefused) return undefined;
    throw error;
  });
}
