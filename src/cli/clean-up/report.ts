import type { Possession } from "../../docker/possessions.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "../tables/table.ts";
import type { Findings } from "./findings.ts";

/** What is told of parts whose command was killed. */
export const ORPHANED = "left by a command that was killed";

/** That something stays, and why. */
export function leftAlone({ stack }: StackOnEngine, reason: string): string {
  return `… stack ${stack}: ${reason}; left alone`;
}

/** What clean-up has found, for people. */
export function describe({ doomed, littered }: Findings, yes: boolean): string {
  const rows = [
    ...doomed.map(({ stack, reason }) => rowOf(stack, reason, stack.parts)),
    ...littered.map(({ stack, parts }) => rowOf(stack, `stays, but for what was ${ORPHANED}`, parts)),
  ];
  if (rows.length === 0) return "nothing to clean up\n";
  const hint = yes
    ? ""
    : `\nNothing has been removed yet. Remove it with: ${colors.bold("nestbox gc --yes")}\n`;
  return `${table(rows)}\n${hint}`;
}

function rowOf(
  { branch, project, stack }: StackOnEngine,
  reason: string,
  parts: readonly Possession[],
): readonly string[] {
  return [
    colors.bold(branch ?? stack),
    colors.dim(`${project}/${stack}`),
    reason,
    `${parts.length} ${parts.length === 1 ? "object" : "objects"}`,
  ];
}

/** The same for programs. */
export function asJson({ doomed, littered }: Findings): readonly object[] {
  return [
    ...doomed.map(({ stack, reason, isKnown }) => ({
      ...named(stack),
      reason,
      stackStays: false,
      knownToState: isKnown,
      objects: objectsOf(stack.parts),
    })),
    ...littered.map(({ stack, parts }) => ({
      ...named(stack),
      reason: ORPHANED,
      stackStays: true,
      objects: objectsOf(parts),
    })),
  ];
}

function named({ owner, project, stack, branch }: StackOnEngine): object {
  return { owner, project, stack, branch };
}

function objectsOf(parts: readonly Possession[]): readonly string[] {
  return parts.map(({ kind, name }) => `${kind} ${name}`);
}
