import type { RegistryCredentials } from "../../docker/images.ts";
import { imageVariable } from "../../model/image-variable.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Environment } from "../workspace/stack-plan.ts";
import type { Variables } from "./job-variables.ts";

/**
 * The image of a job, where a job before it has decided it.
 * @param path the property, for errors
 * @throws ConfigurationError when nobody has handed its variable on
 */
export function jobImage(path: string, image: string, variables: Variables): string {
  const name = imageVariable(image);
  if (name === undefined) return image;
  const value = variables[name];
  if (value) return value;
  throw new ConfigurationError(
    `${path}: no job that it needs has handed ${name} on; write ${name}=… into its variablesFile`,
  );
}

/** The login at the registry of an image, if that is CI_REGISTRY. GitLab's runners use the same. */
export function registryCredentials(
  image: string,
  environment: Environment,
): RegistryCredentials | undefined {
  const { CI_REGISTRY: server, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = environment;
  if (!server || !username || password === undefined || !image.startsWith(`${server}/`)) return undefined;
  return { server, username, password };
}
