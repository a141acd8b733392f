import type { Environment } from "../../machine/environment.ts";
import { inspectImage } from "../engine-images.ts";
import type { DockerHost } from "../host.ts";
import { pullWithCredentials } from "./pull-with-credentials.ts";

/**
 * Pulls an image for a platform unless the engine has it for that one: `linux/arm64`.
 * @throws as {@link pullWithCredentials} does
 */
export async function requirePlatform(
  docker: DockerHost,
  image: string,
  platform: string,
  environment: Environment,
): Promise<void> {
  // The engine does not say the variant, as in linux/arm64/v8.
  const [os, architecture] = platform.split("/");
  if ((await inspectImage(docker, image))?.platform === `${os}/${architecture}`) return;
  await pullWithCredentials(docker, image, { environment, platform });
}
