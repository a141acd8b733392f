import { DockerRefused } from "../api.ts";
import { pullImage } from "../engine-images.ts";
import type { DockerHost } from "../host.ts";
import { type AccessRequest, registryAccess } from "./registry-access.ts";
import { explainRefusal } from "./registry-refusal.ts";

/** A registry gave an engine no image. */
export class PullRefused extends DockerRefused {
  /** Whether the message names the remedy. */
  readonly hasRemedy: boolean;

  constructor({ status }: DockerRefused, message: string, hasRemedy: boolean) {
    super(status, message);
    this.hasRemedy = hasRemedy;
  }
}

interface PullRequest extends AccessRequest {
  /** Called for each step of the pull. @default nothing */
  readonly onDetail?: (text: string) => void;
  /** `linux/arm64`. @default the engine's */
  readonly platform?: string;
}

/**
 * Has an engine pull an image, with this machine's credentials for its registry.
 * @throws PullRefused, which distinguishes a missing login, a refused one and a missing image;
 * the signal's reason
 */
export async function pullWithCredentials(
  engine: DockerHost,
  image: string,
  { environment, onDetail = () => {}, signal, platform }: PullRequest,
): Promise<void> {
  const access = await registryAccess(engine, image, { environment, signal }, "pull");
  try {
    await pullImage(engine, image, onDetail, signal, access.credentials, platform);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DockerRefused)) throw error;
    const { message, hasRemedy } = explainRefusal(error, image, access, {
      denied: "has no such image, or shows it only after a login; check the name",
      deniedTo: (source) => `has no such image for the login of ${source}; check the name and the rights`,
      missing: "has no such image; check its name and tag",
    });
    throw new PullRefused(error, message, hasRemedy);
  }
}
