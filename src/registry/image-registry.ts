/** Docker Hub, as names of images have it. */
export const DOCKER_HUB_REGISTRY = "docker.io";

/** The names of Docker Hub, in names of images and in the keys of logins. */
const HUB_NAMES: readonly string[] = [DOCKER_HUB_REGISTRY, "index.docker.io", "registry-1.docker.io"];

/** An image's registry, with its port, and its path there without tag and digest: `library/redis`. */
export interface ImageLocation {
  readonly registry: string;
  readonly repository: string;
}

/** Where an image comes from. */
export function imageLocation(image: string): ImageLocation {
  const name = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = isRegistry ? canonicalRegistry(first) : DOCKER_HUB_REGISTRY;
  const path = isRegistry ? rest : [first, ...rest];
  const isOfficial = registry === DOCKER_HUB_REGISTRY && path.length === 1;
  return { registry, repository: [...(isOfficial ? ["library"] : []), ...path].join("/") };
}

/** One name for each registry. */
export function canonicalRegistry(host: string): string {
  return HUB_NAMES.includes(host) ? DOCKER_HUB_REGISTRY : host;
}

/** The address by which logins name a registry. Docker Hub's is that of an API that no longer exists. */
export function loginAddress(registry: string): string {
  return registry === DOCKER_HUB_REGISTRY ? "https://index.docker.io/v1/" : registry;
}
