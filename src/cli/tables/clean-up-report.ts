import type { Findings, StackWithOrphans } from "../../operations/clean-up/findings.ts";
import { ORPHANED } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { PlaceName } from "../../project/places.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { colors } from "../../terminal/colors.ts";
import type { FoundGarbage } from "../answers/answers.ts";
import { table } from "./table.ts";

export interface FindingsAt {
  readonly at: PlaceName;
  /** "cluster staging" */
  readonly title: string;
  readonly findings: Findings;
}

/** The findings as a table, a row a stack, with its place if there are several. Ends with a line break. */
export function describe(places: readonly FindingsAt[], yes: boolean): string {
  const rows = places.flatMap(({ title, findings }) => {
    const where = places.length > 1 ? [title] : [];
    return rowsOf(findings).map((row) => [...row, ...where]);
  });
  if (places.length === 0) return "";
  if (rows.length === 0) return "nothing to clean up\n";
  const hint = yes ? "" : `\nNothing was removed. To remove these: ${colors.bold("nestbox gc --yes")}\n`;
  return `${table(rows)}\n${hint}`;
}

const OLD = "cache of jobs, older than a week";
const UNUSED = "built, and not used for a week";

function rowsOf({ expired, withOrphans, images, caches }: Findings): readonly (readonly string[])[] {
  return [
    ...expired.map(({ stack, reason }) => rowOf(stack, reason, stack.parts, "resource")),
    ...withOrphans.map((one) => {
      const reason = stays(one) ? "stays, except what a killed command left" : ORPHANED;
      return rowOf(one.stack, reason, one.orphans, "orphan");
    }),
    ...images.map((name) => [colors.bold(name), "", UNUSED, "1 image"]),
    ...caches.map((name) => [colors.bold(name), "", OLD, "1 volume"]),
  ];
}

function rowOf(
  { branch, project, stack }: StackOnEngine,
  reason: string,
  parts: readonly OwnedResource[],
  noun: string,
): readonly string[] {
  return [
    colors.bold(branch ?? stack),
    colors.dim(`${project}/${stack}`),
    reason,
    `${parts.length} ${parts.length === 1 ? noun : `${noun}s`}`,
  ];
}

/** The findings as data for `--json`. */
export function listFindings(places: readonly FindingsAt[]): readonly FoundGarbage[] {
  return places.flatMap(({ at, findings: { expired, withOrphans, images, caches } }) => [
    ...expired.map(({ stack: { owner, project, stack, branch, parts }, reason, inState }) => {
      const resources = namesOf(parts);
      return { ...at, owner, project, stack, branch, reason, stackStays: false, inState, resources };
    }),
    ...withOrphans.map((one) => {
      const { owner, project, stack, branch } = one.stack;
      const resources = namesOf(one.orphans);
      return { ...at, owner, project, stack, branch, reason: ORPHANED, stackStays: stays(one), resources };
    }),
    ...images.map((name) => ({ ...at, reason: UNUSED, resources: [`image ${name}`] })),
    ...caches.map((name) => ({ ...at, reason: OLD, resources: [`volume ${name}`] })),
  ]);
}

/** Whether a stack has more than what a killed command left. */
function stays({ stack, orphans }: StackWithOrphans): boolean {
  return orphans.length < stack.parts.length;
}

function namesOf(parts: readonly OwnedResource[]): readonly string[] {
  return parts.map(({ kind, name }) => `${kind} ${name}`);
}
