import { removeBuiltImages } from "../../docker/build/unused-images.ts";
import { removeCaches } from "../../docker/job-caches.ts";
import type { Environment } from "../../machine/environment.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { describeSkipped, type Findings, findGarbage } from "../../operations/clean-up/findings.ts";
import { removeExpired, removeListedOrphans } from "../../operations/clean-up/removal.ts";
import { endOrphans } from "../../operations/pulumi/lock.ts";
import { atPlaces, type PlaceChoice, placeName, placeTitle } from "../../project/places.ts";
import type { StackChoice } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { answerText } from "../answers/answer-text.ts";
import type { CollectionAnswer } from "../answers/answers.ts";
import { describe, listFindings } from "../tables/clean-up-report.ts";

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
  // Without a state it works from the labels alone, as where it runs on a schedule.
  const needs = { declarations: false, persistent: true, pulumi: "with state" } as const;
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
    if (!json) stdout.write(describe(found, yes));
    const removing = async (workspace: Workspace) => {
      const findings = found.find((one) => one.workspace === workspace)?.findings;
      return findings === undefined ? 0 : removeFound(workspace, findings, callerEnvironment);
    };
    const exitCode = yes ? Math.max(0, ...(await each(removing))) : 0;
    if (json) {
      const listed = listFindings(found);
      const next = yes || listed.length === 0 ? {} : { next: ["npx nestbox gc --yes --json"] };
      stdout.write(answerText<CollectionAnswer>({ found: listed, removed: yes && exitCode === 0, ...next }));
    }
    return exitCode;
  });
}

/** Removes what was found at a place. Returns the exit code. */
async function removeFound(
  workspace: Workspace,
  { expired, staleLeases, withOrphans, images, caches }: Findings,
  callerEnvironment: Environment,
): Promise<number> {
  const { engine, place, progress } = workspace;
  const codes: number[] = [];
  for (const one of expired) codes.push(await removeExpired(workspace, one, callerEnvironment));
  // Before the orphans: a holder that wakes up finds its lease gone, not only its job.
  for (const lease of staleLeases) await place.leases.remove(lease);
  for (const one of withOrphans) codes.push(await removeListedOrphans(workspace, one));
  const removed =
    engine === undefined
      ? []
      : [...(await removeBuiltImages(engine, images)), ...(await removeCaches(engine, caches))];
  if (removed.length > 0) progress.done(`removed ${removed.join(", ")}`);
  return Math.max(0, ...codes);
}
