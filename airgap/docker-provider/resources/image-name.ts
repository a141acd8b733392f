/** The parts of an image's name that the engine is asked for. */
export interface ImageName {
  readonly repository: string;
  /** A tag ("7-alpine") or a digest ("sha256:…"). */
  readonly tag: string;
}

/** Splits "registry:5000/library/redis:7-alpine" or "redis@sha256:…"; the tag is "latest" when there is none. */
export function imageName(name: string): ImageName {
  const digest = name.indexOf("@");
  if (digest >= 0) return { repository: name.slice(0, digest), tag: name.slice(digest + 1) };
  const colon = name.lastIndexOf(":");
  if (colon <= name.lastIndexOf("/")) return { repository: name, tag: "latest" };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
