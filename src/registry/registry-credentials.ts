import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../machine/environment.ts";
import { type AuthFile, helperIn, loginIn, parseAuthFile } from "./auth-file.ts";
import { dockerConfigFolder } from "./docker-config-folder.ts";
import { canonicalRegistry, type ImageLocation, imageLocation, loginAddress } from "./image-registry.ts";
import type { Login, RegistryCredentials } from "./login.ts";

/** Credentials of a registry, and where they come from. */
interface FoundCredentials {
  readonly credentials: RegistryCredentials;
  /** `DOCKER_AUTH_CONFIG`, the path of a file, the name of a helper. */
  readonly source: string;
}

/** What this machine has for the registry of an image. */
export interface SearchedCredentials {
  readonly found?: FoundCredentials;
  /** Why sources before it could not be read. */
  readonly problems: readonly string[];
}

export interface CredentialSearch {
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
  /** The time of a credential helper, in milliseconds. @default 30 s */
  readonly helperLimit?: number;
}

/**
 * Looks for the credentials of an image's registry in DOCKER_AUTH_CONFIG, then in the files of `podman login`
 * (REGISTRY_AUTH_FILE) and `docker login`, then in Podman's usual file, then in GitLab's CI_REGISTRY_USER and
 * CI_REGISTRY_PASSWORD. A source that cannot be read hides no other.
 * @throws the signal's reason
 */
export async function registryCredentials(
  image: string,
  search: CredentialSearch,
): Promise<SearchedCredentials> {
  const { environment, signal } = search;
  const location = imageLocation(image);
  const problems: string[] = [];
  for (const { name, read } of authFiles(environment)) {
    try {
      const text = read();
      if (text === undefined) continue;
      const found = await loginOfFile(name, parseAuthFile(text), location, search, problems);
      if (found !== undefined) return { found, problems };
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  const { CI_REGISTRY: server, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = environment;
  if (!server || !username || password === undefined) return { problems };
  if (canonicalRegistry(server) !== location.registry) return { problems };
  const found = credentialsFrom("CI_REGISTRY_PASSWORD", location, { username, password });
  return { found, problems };
}

/** Asks the file's helper, then the file itself. */
async function loginOfFile(
  name: string,
  file: AuthFile,
  location: ImageLocation,
  { environment, signal, helperLimit }: CredentialSearch,
  problems: string[],
): Promise<FoundCredentials | undefined> {
  const helper = helperIn(file, location);
  if (helper !== undefined) {
    // Imported here: most commands pull nothing.
    const { loginOfHelper } = await import("./credential-helper.ts");
    const call = { environment, signal, ...(helperLimit !== undefined && { limit: helperLimit }) };
    try {
      const login = await loginOfHelper(helper, loginAddress(location.registry), call);
      if (login !== undefined) return credentialsFrom(`docker-credential-${helper}`, location, login);
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  const login = loginIn(file, location);
  return login && credentialsFrom(name, location, login);
}

function credentialsFrom(source: string, { registry }: ImageLocation, login: Login): FoundCredentials {
  return { credentials: { ...login, server: loginAddress(registry) }, source };
}

interface AuthText {
  /** For messages. */
  readonly name: string;
  /** The text; undefined if there is none. */
  readonly read: () => string | undefined;
}

function authFiles(environment: Environment): readonly AuthText[] {
  const { DOCKER_AUTH_CONFIG: config, REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime } = environment;
  return [
    ...(config ? [{ name: "DOCKER_AUTH_CONFIG", read: () => config }] : []),
    ...(podman ? [authFile(podman)] : []),
    authFile(join(dockerConfigFolder(environment), "config.json")),
    ...(!podman && runtime ? [authFile(join(runtime, "containers", "auth.json"))] : []),
  ];
}

function authFile(path: string): AuthText {
  return {
    name: path,
    read: () => {
      try {
        return readFileSync(path, "utf8");
      } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw new Error(`it cannot be read (${code})`);
      }
    },
  };
}
