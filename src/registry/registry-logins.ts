import { ConfigurationError } from "../model/problem.ts";
import { imageLocation } from "./image-registry.ts";
import type { RegistryCredentials } from "./login.ts";
import { type CredentialSearch, registryCredentials } from "./registry-credentials.ts";

/**
 * The logins that this machine has for the registries of images, as a config.json of Docker, which programs
 * elsewhere can read. It has passwords in it.
 * @throws ConfigurationError for a login that cannot be read, and for a token, which only Docker can use;
 * the signal's reason
 */
export async function registryLogins(images: readonly string[], search: CredentialSearch): Promise<string> {
  const auths: Record<string, { readonly auth: string }> = {};
  for (const image of images) {
    const { found, problems } = await registryCredentials(image, search);
    const { registry, repository } = imageLocation(image);
    if (found === undefined && problems.length > 0)
      throw new ConfigurationError(
        `${image}: the login for ${registry} was not read: ${problems.join("; ")}; log in again`,
      );
    if (found === undefined) continue;
    const login = { auth: basicAuth(found.credentials, registry, found.source) };
    const { server } = found.credentials;
    // Podman has logins for parts of a registry.
    const isOther = auths[server] !== undefined && auths[server].auth !== login.auth;
    auths[isOther ? `${registry}/${repository}` : server] = login;
  }
  return JSON.stringify({ auths });
}

function basicAuth(credentials: RegistryCredentials, registry: string, source: string): string {
  if (!("password" in credentials))
    throw new ConfigurationError(
      `${registry}: the login of ${source} is a token that only a Docker engine can use; ` +
        "log in with a username and an access token instead",
    );
  return Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
}
