import { DockerRefused } from "../../docker/api.ts";
import { inspectImage, pullImage, type RegistryCredentials } from "../../docker/engine-images.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";

/**
 * Pulls an image that an earlier job has built, unless the engine has it.
 * @param path the property that names the image, for errors
 * @throws ConfigurationError if the registry refuses the image or does not have it
 */
export async function pullJobImage(
  { engine, progress }: EngineWorkspace,
  path: string,
  image: string,
): Promise<void> {
  if (await inspectImage(engine, image)) return;
  const credentials = registryCredentials(image, process.env);
  await progress.step(`Image ${image}`, async (step) => {
    await pullImage(engine, image, step.detail, undefined, credentials).catch((error: unknown) => {
      if (!(error instanceof DockerRefused)) throw error;
      throw new ConfigurationError(`${path}: the engine cannot pull ${image}: ${error.message}`);
    });
    step.result("pulled");
  });
}

/**
 * The credentials for an image in the project's own registry: CI_REGISTRY_USER and CI_REGISTRY_PASSWORD, as
 * on GitLab's runners. Undefined for other registries.
 */
export function registryCredentials(
  image: string,
  environment: NodeJS.ProcessEnv,
): RegistryCredentials | undefined {
  const { CI_REGISTRY: server, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = environment;
  if (!server || !username || password === undefined || !image.startsWith(`${server}/`)) return undefined;
  return { server, username, password };
}
