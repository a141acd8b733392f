import { parseDuration } from "../sandboxes/model/duration.ts";
import { LABEL, type Labels } from "../sandboxes/model/labels.ts";
import { livesIn } from "./life.ts";
import type { Possession } from "./possessions.ts";

/** What an owner has on an engine, and whether it should still be there. */
export interface StackOnEngine {
  readonly owner: string;
  readonly project: string;
  readonly stack: string;
  readonly branch?: string;
  readonly parts: readonly Possession[];
  /** In milliseconds since 1970; `unreadable` when neither life nor labels tell. */
  readonly ends: number | "never" | "unreadable";
  /** Whether one of its jobs runs, with somebody who waits for it. */
  readonly inUse: boolean;
}

/**
 * The stacks that the labels on an engine tell of, by owner.
 * @param mayStillRun whether the process of a mark may still run
 */
export function stacksOn(
  possessions: readonly Possession[],
  mayStillRun: (mark: string) => boolean,
): readonly StackOnEngine[] {
  const lives = livesIn(possessions);
  const byOwner = Map.groupBy(possessions, ({ labels }) => labels[LABEL.owner] ?? "");
  return [...byOwner]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([owner, parts]) => {
      const labels: Labels = parts[0]?.labels ?? {};
      const branch = labels[LABEL.branch];
      const life = lives.get(owner);
      return {
        owner,
        project: labels[LABEL.project] ?? "",
        stack: labels[LABEL.stack] ?? "",
        ...(branch !== undefined && { branch }),
        parts,
        ends: life === undefined ? endByLabels(parts) : (life.ends ?? "unreadable"),
        inUse: parts.some(
          ({ labels: { [LABEL.kind]: kind, [LABEL.process]: mark = "" }, running }) =>
            running && kind === "job" && mayStillRun(mark),
        ),
      };
    });
}

/** Where the life itself is lost, the time to live counts from the moment at which the youngest part was made. */
function endByLabels(parts: readonly Possession[]): StackOnEngine["ends"] {
  const said = parts.map(({ labels }) => labels[LABEL.timeToLive] ?? "never");
  if (said.includes("never")) return "never";
  const times = said.map((text) => parseDuration(text) ?? Number.NaN);
  const end = Math.max(...parts.map(({ created }) => created)) + Math.max(...times);
  return Number.isNaN(end) ? "unreadable" : end;
}
