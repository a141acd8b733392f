import { setTimeout as pause } from "node:timers/promises";
import { readRunners } from "../../gitlab/runner/runners.ts";
import { colors } from "../../terminal/colors.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { listSandboxes } from "../stack/list-sandboxes.ts";
import { overdueRemovals } from "../stack/pending-removals.ts";
import { describeRunners, listedRunners } from "../tables/runner-list.ts";
import { describeSandboxes } from "../tables/sandbox-list.ts";
import type { Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** The options of `nestbox ls`. */
export interface ListOptions {
  /** Print JSON. @default false */
  readonly json?: boolean;
  /** Print the list again whenever it changes, until Ctrl-C. @default false */
  readonly watch?: boolean;
  /**
   * List only the GitLab runners.
   * @default false: the sandboxes, and without `json` also the runners
   */
  readonly runners?: boolean;
}

/** Milliseconds between two reads of `--watch`. */
const INTERVAL = 2000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** `nestbox ls`: lists the sandboxes and GitLab runners of all owners on the stack's place. */
export function ls(
  target: Target,
  { json = false, watch = false, runners = false }: ListOptions,
): Promise<number> {
  const needs = { pulumi: false, declarations: false, plans: () => [] };
  return withWorkspace(target, needs, async (workspace) => {
    const { engine, place, progress } = workspace;
    await removeAbandonedSandboxes(workspace);
    const render = async () => {
      const listed = runners ? { sandboxes: [], now: Date.now() } : await listSandboxes(workspace);
      // A JSON list has one kind of element.
      if (json && !runners) return asJson(listed.sandboxes, watch);
      const found = listedRunners(engine === undefined ? [] : await readRunners(engine));
      if (json) return asJson(found, watch);
      const { sandboxes, now } = listed;
      const paragraphs = [describeSandboxes(sandboxes, now), describeRunners(found, now)];
      const text = paragraphs.filter((paragraph) => paragraph !== "").join("\n");
      return text || `no ${runners ? "GitLab runners" : "sandboxes"} on this ${place.title}\n`;
    };
    for (const line of await overdueRemovals(workspace)) progress.print(`${colors.yellow("!")} ${line}`);
    if (watch) return watchList(render, process.stdout.isTTY && !json ? CLEAR_SCREEN : "");
    process.stdout.write(await render());
    return 0;
  });
}

function asJson(list: readonly object[], onOneLine: boolean): string {
  return `${JSON.stringify(list, null, onOneLine ? undefined : 2)}\n`;
}

async function watchList(render: () => Promise<string>, before: string): Promise<number> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  let last = "";
  while (!interrupted.signal.aborted) {
    const text = await render();
    if (text !== last) process.stdout.write(before + text);
    last = text;
    await pause(INTERVAL, undefined, { signal: interrupted.signal }).catch(() => {});
  }
  return 0;
}
