import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Place } from "../sandbox/place.ts";
import type { PlaceSettings, RunningTarget, TargetEntry } from "../sandbox/target.ts";
import { SETTINGS_NAMESPACE, type StackSettings } from "../stacks/stack-settings.ts";
import type { Project } from "./project.ts";

/**
 * The target of a name on whose places sandboxes run.
 * @param file the file that names it, for errors
 * @throws ConfigurationError for a name that no such target has
 */
export async function runningTarget(
  targets: readonly TargetEntry[],
  name: string,
  file: string,
): Promise<RunningTarget> {
  const running = targets.filter(({ runs }) => runs);
  const entry = running.find((known) => known.name === name);
  const { runs } = (await entry?.load()) ?? {};
  if (runs !== undefined) return runs;
  const names = running.map((known) => `"${known.name}"`).join(" or ");
  throw new ConfigurationError(
    `${file}: ${SETTINGS_NAMESPACE}:target is ${JSON.stringify(name)}; it must be ${names}`,
  );
}

/**
 * Connects to the place of a project's sandboxes.
 * @param published the references of images that are built and pushed, by the names of their builds
 */
export function connectPlace(
  target: RunningTarget,
  { name, folder, settings }: Project,
  environment: Environment,
  context: string | undefined,
  published: Readonly<Record<string, string>> = {},
): Promise<Place> {
  return target.connect({
    ...{ project: name, projectFolder: folder, environment, context, published },
    settings: placeSettings(settings),
  });
}

/** What the settings of a project say of its place. */
export function placeSettings(settings: StackSettings): PlaceSettings {
  const { subnetPool, privilegedImages, target } = settings;
  return { subnetPool, privilegedImages, own: (settings as unknown as Record<string, unknown>)[target] };
}
