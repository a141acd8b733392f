import { posix } from "node:path";
import { nothingLeft } from "../model/nothing-left.ts";
import type { Plan, PlannedBuild } from "../model/plan/plan.ts";
import { filled, type YamlValue } from "../text/yaml.ts";
import { literal } from "./interpolation.ts";

/** The build of a container's image. Undefined for one that is pulled. */
export function buildOf({ builds }: Plan, container: { readonly image: string }): PlannedBuild | undefined {
  return builds.find(({ image }) => image === container.image);
}

/**
 * How Compose builds an image, in place of its name: each project has one of its own.
 * https://github.com/compose-spec/compose-spec/blob/main/build.md
 * @param project the path from the compose file's folder to the project's
 */
export function buildEntry(build: PlannedBuild, project: string) {
  const { image: _name, context, dockerfile, target, args, secrets, platform, cacheFrom, ...rest } = build;
  nothingLeft(rest);
  return {
    build: {
      context: literal(posix.join(project, context)),
      dockerfile: dockerfile === "Dockerfile" ? undefined : literal(dockerfile),
      target: target === undefined ? undefined : literal(target),
      args: filled(Object.fromEntries(Object.entries(args).map(([name, value]) => [name, literal(value)]))),
      secrets: filled(Object.entries(secrets).map(([id, source]): YamlValue => ({ source, target: id }))),
      platforms: platform === undefined ? undefined : [platform],
      cache_from: filled(cacheFrom),
    },
    // Otherwise it would build nothing anew after a change.
    pull_policy: "build",
  };
}
