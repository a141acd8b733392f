import type { ImageSource } from "../model/build-definition.ts";

/**
 * The tag of an image under its name on Docker Hub, or of a mirror's copy: `7-alpine` of `redis:7-alpine` and
 * of `registry.example.com/library/redis:7-alpine`. Undefined for another image, for a build,
 * and for a digest alone.
 * @param name with its folder, such as `library/redis`
 */
export function officialTag(name: string, image: ImageSource): string | undefined {
  if (typeof image !== "string") return undefined;
  const full = image.includes("/") ? image : `library/${image}`;
  const [, path = "", tag, digest] = /^(.*?)(?::([\w.-]+))?(@.+)?$/.exec(full) ?? [];
  if (!`/${path}`.endsWith(`/${name}`)) return undefined;
  return tag ?? (digest === undefined ? "latest" : undefined);
}
