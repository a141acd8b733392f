import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "../tables/table.ts";
import { type PlaceName, placeTitle } from "../workspace/places.ts";
import type { Findings, StackWithOrphans } from "./findings.ts";

export const ORPHANED = "left by a killed command";

/** The line about a stack that is not removed. */
export function describeSkipped({ stack }: StackOnEngine, reason: string): string {
  return `… stack ${stack}: ${reason}; skipped`;
}

export interface FindingsAt {
  readonly at: PlaceName;
  readonly findings: Findings;
}

/** The findings as a table, a row a stack, with its place if there are several. Ends with a line break. */
export function describe(places: readonly FindingsAt[], yes: boolean): string {
  const rows = places.flatMap(({ at, findings }) => {
    const where = places.length > 1 ? [placeTitle(at)] : [];
    return rowsOf(findings).map((row) => [...row, ...where]);
  });
  if (places.length === 0) return "";
  if (rows.length === 0) return "nothing to clean up\n";
  const hint = yes ? "" : `\nNothing was removed. To remove these: ${colors.bold("nestbox gc --yes")}\n`;
  return `${table(rows)}\n${hint}`;
}

function rowsOf({ expired, withOrphans }: Findings): readonly (readonly string[])[] {
  return [
    ...expired.map(({ stack, reason }) => rowOf(stack, reason, stack.parts, "resource")),
    ...withOrphans.map((one) => {
      const reason = stays(one) ? "stays, except what a killed command left" : ORPHANED;
      return rowOf(one.stack, reason, one.orphans, "orphan");
    }),
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
export function asJson(places: readonly FindingsAt[]): readonly object[] {
  return places.flatMap(({ at, findings: { expired, withOrphans } }) => [
    ...expired.map(({ stack: { owner, project, stack, branch, parts }, reason, inState }) => {
      const resources = namesOf(parts);
      return { ...at, owner, project, stack, branch, reason, stackStays: false, inState, resources };
    }),
    ...withOrphans.map((one) => {
      const { owner, project, stack, branch } = one.stack;
      const resources = namesOf(one.orphans);
      return { ...at, owner, project, stack, branch, reason: ORPHANED, stackStays: stays(one), resources };
    }),
  ]);
}

/** Whether a stack has more than what a killed command left. */
function stays({ stack, orphans }: StackWithOrphans): boolean {
  return orphans.length < stack.parts.length;
}

function namesOf(parts: readonly OwnedResource[]): readonly string[] {
  return parts.map(({ kind, name }) => `${kind} ${name}`);
}
