import { setTimeout as pause } from "node:timers/promises";
import { ConfigurationError } from "../../model/problem.ts";
import type { OwnerStore } from "../../ownership/owner-store.ts";
import type { Workspace } from "../../project/workspace.ts";
import { spanOf } from "../../stacks/time-left.ts";

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
  return (await readRemovals(place, owner)).flatMap(({ age, text }) => (age > USUAL ? [text] : []));
}

/**
 * Waits until nothing of the stack is left on its place.
 * @throws ConfigurationError with what holds it up, after five minutes
 */
export async function waitUntilGone({ owner, place, project, progress }: Workspace): Promise<void> {
  const start = performance.now();
  if ((await readRemovals(place, owner)).length === 0) return;
  await progress.step(`stack ${project.stack} gone`, async (step) => {
    for (;;) {
      const left = (await readRemovals(place, owner)).map(({ text }) => text);
      if (left.length === 0) return;
      if (performance.now() - start > LIMIT) throw new ConfigurationError(left.join("\n"));
      if (performance.now() - start > USUAL) step.detail(left.join("; "));
      await pause(INTERVAL);
    }
  });
}

/** The removals under way, with their age in milliseconds and what holds them up. */
async function readRemovals(place: OwnerStore, owner: string | undefined) {
  const [removals, now] = await Promise.all([place.readRemovals(owner), place.leases.now()]);
  return removals.map(({ resource, stack, since, reason }) => {
    const age = now - since;
    const held = reason === "" ? "" : ` (${reason})`;
    const problem = `removed ${spanOf(age)} ago, but still there${held}`;
    return { age, text: `${resource} of stack ${stack}: ${problem}; remove what holds it` };
  });
}
