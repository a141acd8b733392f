import type { RegistryCredentials } from "../../docker/engine-images.ts";
import { imageVariable } from "../../model/image-variable.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Variables } from "./job-variables.ts";

/**
 * The image of a job, with its variable resolved: an earlier job may set it.
 * @param path the property that names the image, for errors
 * @throws ConfigurationError if no needed job has set the variable
 */
export function jobImage(path: string, image: string, variables: Variables): string {
  const name = imageVariable(image);
  if (name === undefined) return image;
  const value = variables[name];
  if (value) return value;
  throw new ConfigurationError(
    `${path}: no needed job has set ${name}; write ${name}=… to the variablesFile of a job in needs`,
  );
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
