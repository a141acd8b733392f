import { removeBuiltImages } from "../../docker/build/unused-images.ts";
import { removeCaches } from "../../docker/job-caches.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { describeSkipped, findGarbage } from "../../operations/clean-up/findings.ts";
import { removeExpired, removeListedOrphans } from "../../operations/clean-up/removal.ts";
import { endOrphans } from "../../operations/pulumi/lock.ts";
import { atPlaces, type PlaceChoice, placeName, placeTitle } from "../../project/places.ts";
import type { StackChoice } from "../../project/project.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { asJson, describe } from "../tables/clean-up-report.ts";

/**
 * The options of `nestbox gc`. With `only`, it examines the chosen stack alone; by default every stack on
 * each place.
 */
export interface CollectionOptions extends PlaceChoice {
  /** Remove what was found, instead of only listing it. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

/**
 * `nestbox gc`: removes expired stacks, stacks of this project that are not in its state, orphans of killed
 * commands, built images that nothing uses, and old caches of jobs. A dry run unless `yes`. Returns the exit
 * code.
 */
export async function collect(
  choice: StackChoice,
  options: CollectionOptions,
  invocation: Invocation,
): Promise<number> {
  const { yes = false, json = false, only = false } = options;
  if (options.namespace !== undefined && options.context === undefined)
    throw new ConfigurationError(
      "--namespace: names one of the cluster that --context names; add that, or leave it out",
    );
  const { environment: callerEnvironment, progress, stdout } = invocation;
  const needs = { declarations: false, persistent: true };
  return atPlaces(choice, options, needs, invocation, async ({ each }) => {
    const found = await each(async (workspace) => {
      if (yes) endOrphans(workspace);
      const findings = await findGarbage(workspace, only ? workspace.owner : undefined);
      return { workspace, at: placeName(workspace), title: placeTitle(workspace), findings };
    });
    const notices = new Set(found.flatMap(({ findings }) => findings.notices));
    for (const notice of notices) progress.warn(notice);
    for (const { stack, reason } of found.flatMap(({ findings }) => findings.protected))
      progress.print(describeSkipped(stack, `${reason}, but ${PROTECTED}`));
    stdout.write(json ? `${JSON.stringify(asJson(found), null, 2)}\n` : describe(found, yes));
    if (!yes) return 0;
    const exitCodes = await each(async (workspace) => {
      const findings = found.find((one) => one.workspace === workspace)?.findings;
      const { expired = [], staleLeases = [], withOrphans = [], images = [], caches = [] } = findings ?? {};
      const codes: number[] = [];
      for (const one of expired) codes.push(await removeExpired(workspace, one, callerEnvironment));
      // Before the orphans: a holder that wakes up finds its lease gone, not only its job.
      for (const lease of staleLeases) await workspace.place.leases.remove(lease);
      for (const one of withOrphans) codes.push(await removeListedOrphans(workspace, one));
      const { engine } = workspace;
      const removed =
        engine === undefined
          ? []
          : [...(await removeBuiltImages(engine, images)), ...(await removeCaches(engine, caches))];
      if (removed.length > 0) progress.done(`removed ${removed.join(", ")}`);
      return Math.max(0, ...codes);
    });
    return Math.max(0, ...exitCodes);
  });
}
