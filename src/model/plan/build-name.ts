/** No registry has this name, so that an image which is missing is never pulled from somebody else. */
const PREFIX = "localhost/nestbox/";

/** The name by which an engine has the image of a build. */
export function buildName(slug: string, tag: string): string {
  return `${PREFIX}${slug}:${tag}`;
}

/** Whether a reference is the name of a build's image. */
export function isBuildName(image: string): boolean {
  return image.startsWith(PREFIX);
}

/**
 * The name of a built image in a registry: `registry.example.com/team/api:HASH`.
 * @param registry its host, and a path in it
 */
export function nameInRegistry(image: string, registry: string): string {
  return `${registry}/${image.slice(PREFIX.length)}`;
}
