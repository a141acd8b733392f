import { setTimeout as pause } from "node:timers/promises";
import { stacksOn } from "../engine/ended-stacks.ts";
import { readFacts } from "../engine/facts.ts";
import { readMemory } from "../engine/memory.ts";
import { engineTime, readPossessions } from "../engine/possessions.ts";
import type { DockerHost } from "../machine/docker/host.ts";
import { mayStillRun } from "../machine/process-mark.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import type { Place } from "./project.ts";
import { describeSandboxes, type RunningSandbox, sandboxesOn } from "./sandbox-list.ts";
import { withSession } from "./session.ts";

/** How a list is wanted. */
export interface ListOptions {
  readonly json?: boolean;
  /** Shows the list again as it changes, until Ctrl-C. @default false */
  readonly watch?: boolean;
}

/** Milliseconds between two looks of `--watch`. */
const PAUSE = 2000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** `nestbox ls`: every sandbox on this machine's engine, whoever's it is. */
export function ls(place: Place, { json = false, watch = false }: ListOptions): Promise<number> {
  const needs = { pulumi: false, declarations: false, sandboxes: () => [] };
  return withSession(place, needs, async ({ engine }) => {
    const shown = async () => {
      const { sandboxes, now } = await look(engine);
      if (json) return `${JSON.stringify(sandboxes, null, watch ? undefined : 2)}\n`;
      return describeSandboxes(sandboxes, now) || "no sandboxes on this engine\n";
    };
    if (watch) return watchOver(shown, process.stdout.isTTY && !json ? CLEAR_SCREEN : "");
    process.stdout.write(await shown());
    return 0;
  });
}

async function look(
  engine: DockerHost,
): Promise<{ readonly sandboxes: readonly RunningSandbox[]; readonly now: number }> {
  const [facts, possessions, now] = await Promise.all([
    readFacts(engine),
    readPossessions(engine),
    engineTime(engine),
  ]);
  const running = facts.containers.filter((container) => container.running && container.labels[LABEL.owner]);
  const memory = await readMemory(
    engine,
    running.map(({ id }) => id),
  );
  const ends = new Map(stacksOn(possessions, mayStillRun).map((stack) => [stack.owner, stack.ends]));
  return { sandboxes: sandboxesOn(facts, { ends, memory }), now };
}

/** Ends with Ctrl-C, as other programs that follow something do. */
async function watchOver(shown: () => Promise<string>, before: string): Promise<number> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  let last = "";
  while (!interrupted.signal.aborted) {
    const text = await shown();
    if (text !== last) process.stdout.write(before + text);
    last = text;
    await pause(PAUSE, undefined, { signal: interrupted.signal }).catch(() => {});
  }
  return 0;
}
