import { setTimeout as pause } from "node:timers/promises";
import { ConfigurationError } from "../../model/problem.ts";
import type { PendingRemoval } from "../../ownership/place.ts";
import { spanOf } from "../tables/time-left.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The milliseconds that a namespace may take to go without a word. An empty one takes five seconds. */
const USUAL = 15_000;

/** The milliseconds that `down --wait` waits. */
const LIMIT = 300_000;

/** Milliseconds between two looks. */
const INTERVAL = 250;

/** A line for each removal that takes too long, with what holds it up. */
export async function overdueRemovals(
  { place }: Pick<Workspace, "place">,
  owner?: string,
): Promise<readonly string[]> {
  const [removals, now] = await Promise.all([place.readRemovals(owner), place.leases.now()]);
  return removals.filter(({ since }) => now - since > USUAL).map((removal) => describeRemoval(removal, now));
}

/**
 * Waits until nothing of the stack is left on its place.
 * @throws ConfigurationError with what holds it up, after five minutes
 */
export async function waitUntilGone({ owner, place, project, progress }: Workspace): Promise<void> {
  const start = performance.now();
  const readLeft = async () => {
    const [removals, now] = await Promise.all([place.readRemovals(owner), place.leases.now()]);
    return removals.map((removal) => describeRemoval(removal, now));
  };
  if ((await readLeft()).length === 0) return;
  await progress.step(`stack ${project.stack} gone`, async (step) => {
    for (;;) {
      const left = await readLeft();
      if (left.length === 0) return;
      if (performance.now() - start > LIMIT) throw new ConfigurationError(left.join("\n"));
      if (performance.now() - start > USUAL) step.detail(left.join("; "));
      await pause(INTERVAL);
    }
  });
}

function describeRemoval({ resource, stack, since, reason }: PendingRemoval, now: number): string {
  const held = reason === "" ? "" : ` (${reason})`;
  const age = `removed ${spanOf(now - since)} ago, but still there${held}`;
  return `${resource} of stack ${stack}: ${age}; remove what holds it`;
}
