import type { Possession } from "../docker/possessions.ts";
import { parseDuration } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { isGrave } from "./grave.ts";
import { livesIn } from "./life.ts";
import { isOverdue } from "./orphans.ts";
import type { StackOnEngine } from "./stack-on-engine.ts";
import { isTombstone } from "./tombstone.ts";

/**
 * The stacks that the labels on an engine tell of, by owner.
 * @param mayStillRun whether the process of a mark may still run
 * @param now by the engine's clock, in milliseconds since 1970
 */
export function stacksOn(
  possessions: readonly Possession[],
  mayStillRun: (mark: string) => boolean,
  now: number,
): readonly StackOnEngine[] {
  const lives = livesIn(possessions);
  // Tombstones and graves are of those who remove a stack, not of the stack.
  const ofStacks = possessions.filter(({ labels }) => !isTombstone(labels) && !isGrave(labels));
  const byOwner = Map.groupBy(ofStacks, ({ labels }) => labels[LABEL.owner] ?? "");
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
        inUse: parts.some((part) => isJobInUse(part, mayStillRun, now)),
      };
    });
}

/**
 * A job with a deadline is in use from the moment it is made until it is removed: between its end and its
 * removal the life of the stack is renewed.
 */
function isJobInUse(
  { labels, running }: Possession,
  mayStillRun: (mark: string) => boolean,
  now: number,
): boolean {
  const isWaitedFor = labels[LABEL.kind] === "job" && mayStillRun(labels[LABEL.process] ?? "");
  return isWaitedFor && (labels[LABEL.deadline] === undefined ? running : !isOverdue(labels, now));
}

/**
 * Where the life itself is lost, the time to live counts from the moment at which the youngest part was made.
 */
function endByLabels(parts: readonly Possession[]): StackOnEngine["ends"] {
  const said = parts.map(({ labels }) => labels[LABEL.timeToLive] ?? "never");
  if (said.includes("never")) return "never";
  const times = said.map((text) => parseDuration(text) ?? Number.NaN);
  const end = Math.max(...parts.map(({ created }) => created)) + Math.max(...times);
  return Number.isNaN(end) ? "unreadable" : end;
}
