import type { Environment } from "../../machine/environment.ts";
import { DOCKER_HUB_REGISTRY, imageLocation } from "../../registry/image-registry.ts";
import type { RegistryCredentials } from "../../registry/login.ts";
import { registryCredentials, type SearchedCredentials } from "../../registry/registry-credentials.ts";
import { askDocker } from "../api.ts";
import { type DockerHost, isBySsh, isOnThisMachine } from "../host.ts";

/** With what an engine asks the registry of an image. */
export interface RegistryAccess {
  readonly searched: SearchedCredentials;
  /** The credentials that the engine gets. */
  readonly credentials?: RegistryCredentials | undefined;
  /** Why it does not get those that were found. */
  readonly obstacle?: string | undefined;
}

export interface AccessRequest {
  /** Names the files with logins, or has them. */
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

/**
 * This machine's credentials for the registry of an image, if the engine may get them. An engine with mirrors
 * asks those first, except for a push.
 * @throws the signal's reason
 */
export async function registryAccess(
  engine: DockerHost,
  image: string,
  request: AccessRequest,
  purpose: "pull" | "push",
): Promise<RegistryAccess> {
  const searched = await registryCredentials(image, request);
  const { found } = searched;
  if (found === undefined) return { searched };
  const obstacle = unencrypted(engine) ?? (purpose === "pull" ? await mirrorOf(engine, image) : undefined);
  return obstacle === undefined ? { searched, credentials: found.credentials } : { searched, obstacle };
}

/** Why others could read what is sent to an engine; undefined if nobody can. */
function unencrypted(engine: DockerHost): string | undefined {
  const isEncrypted = engine.tls !== undefined || engine.certificates !== undefined;
  if (isOnThisMachine(engine) || isEncrypted || isBySsh(engine)) return undefined;
  return `the connection to the engine at ${engine.host} is not encrypted; use TLS or ssh`;
}

async function mirrorOf(engine: DockerHost, image: string): Promise<string | undefined> {
  if (imageLocation(image).registry !== DOCKER_HUB_REGISTRY) return undefined;
  const [mirror] = await engineMirrors(engine);
  if (mirror === undefined) return undefined;
  return `the engine would offer them to its mirror ${mirror} too; run docker pull ${image} if you trust it`;
}

/** The mirrors of Docker Hub that an engine asks first. */
export async function engineMirrors(engine: DockerHost): Promise<readonly string[]> {
  type Info = { readonly RegistryConfig?: { readonly Mirrors?: readonly string[] | null } };
  const { RegistryConfig } = await askDocker<Info>(engine, "/info");
  return RegistryConfig?.Mirrors ?? [];
}
