import { setTimeout as pause } from "node:timers/promises";
import { readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import { readMemory } from "../../docker/memory.ts";
import { engineTime, readPossessions } from "../../docker/possessions.ts";
import { readRunners } from "../../gitlab/runner/runners.ts";
import { mayStillRun } from "../../machine/process-mark.ts";
import { LABEL } from "../../model/labels.ts";
import { stacksOn } from "../../stacks/ended-stacks.ts";
import { describeRunners, listedRunners } from "../tables/runner-list.ts";
import { describeSandboxes, type RunningSandbox, sandboxesOn } from "../tables/sandbox-list.ts";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** How a list is wanted. */
export interface ListOptions {
  readonly json?: boolean;
  /** Shows the list again as it changes, until Ctrl-C. @default false */
  readonly watch?: boolean;
  /**
   * Shows the GitLab runners alone.
   * @default false: the sandboxes, and for a person the runners below them
   */
  readonly runners?: boolean;
}

/** Milliseconds between two looks of `--watch`. */
const PAUSE = 2000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** `nestbox ls`: every sandbox and every GitLab runner of ours on this machine's engine, whoever's it is. */
export function ls(
  place: Place,
  { json = false, watch = false, runners = false }: ListOptions,
): Promise<number> {
  const needs = { pulumi: false, declarations: false, plans: () => [] };
  return withWorkspace(place, needs, async ({ engine }) => {
    const shown = async () => {
      const listed = runners ? { sandboxes: [], now: Date.now() } : await look(engine);
      // Programs get one kind or the other, so that a list of sandboxes is nothing else.
      if (json && !runners) return asJson(listed.sandboxes, watch);
      const found = listedRunners(await readRunners(engine));
      if (json) return asJson(found, watch);
      const paragraphs = [
        describeSandboxes(listed.sandboxes, listed.now),
        describeRunners(found, listed.now),
      ];
      const text = paragraphs.filter((paragraph) => paragraph !== "").join("\n");
      return text || `no ${runners ? "GitLab runners" : "sandboxes"} on this engine\n`;
    };
    if (watch) return watchOver(shown, process.stdout.isTTY && !json ? CLEAR_SCREEN : "");
    process.stdout.write(await shown());
    return 0;
  });
}

function asJson(list: readonly object[], isOneOfMany: boolean): string {
  return `${JSON.stringify(list, null, isOneOfMany ? undefined : 2)}\n`;
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
  const ends = new Map(stacksOn(possessions, mayStillRun, now).map((stack) => [stack.owner, stack.ends]));
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
