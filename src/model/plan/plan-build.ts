import { posix } from "node:path";
import type { ContainerDefinition } from "../declaration/service.ts";
import { base36Digest, refSlug } from "../names.ts";
import { buildName } from "./build-name.ts";
import type { PlannedBuild } from "./plan.ts";

/** The build of a container's image; undefined for the reference of one. */
export function plannedBuild({
  image: source,
  platform: ofContainer,
}: Pick<ContainerDefinition, "image" | "platform">): PlannedBuild | undefined {
  if (typeof source === "string") return undefined;
  const { context: written, dockerfile = "Dockerfile", target, args = {}, secrets = {} } = source.build;
  const { platform = ofContainer, cacheFrom = [] } = source.build;
  const context = posix.normalize(written).replace(/(?<=.)\/$/, "");
  const how = {
    context,
    dockerfile: posix.normalize(dockerfile),
    ...(target !== undefined && { target }),
    args,
    secrets: Object.fromEntries(Object.entries(secrets).map(([id, { secret }]) => [id, secret])),
    ...(platform !== undefined && { platform }),
    cacheFrom,
  };
  const slug = refSlug(context) || "project";
  return { image: buildName(slug, base36Digest(JSON.stringify(how), 10)), ...how };
}
