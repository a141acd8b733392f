import { setTimeout as pause } from "node:timers/promises";
import { readRunners } from "../../gitlab/runner/runners.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { listSandboxes } from "../stack/list-sandboxes.ts";
import { overdueRemovals } from "../stack/pending-removals.ts";
import { describeRunners, listedRunners } from "../tables/runner-list.ts";
import { describeSandboxes } from "../tables/sandbox-list.ts";
import { atPlaces, type PlaceChoice, placeName, placeTitle } from "../workspace/places.ts";
import type { Target } from "../workspace/project.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The options of `nestbox ls`, which its help describes. */
export interface ListOptions extends PlaceChoice {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly runners?: boolean;
}

/** Milliseconds between two reads of `--watch`. */
const INTERVAL = 2000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** `nestbox ls`: lists the sandboxes and GitLab runners of all owners on the places of the stacks. */
export function ls(target: Target, options: ListOptions): Promise<number> {
  const { json = false, watch = false, runners: onlyRunners = false } = options;
  const needs = { pulumi: false, declarations: false, plans: () => [] };
  return atPlaces(target, options, needs, async ({ each, progress }) => {
    const overdue = await each(overdueRemovals);
    await each(removeAbandonedSandboxes);
    for (const line of overdue.flat()) progress.warn(line);
    const readPlace = async (workspace: Workspace) => {
      const { engine } = workspace;
      const listed = onlyRunners ? { sandboxes: [], now: Date.now() } : await listSandboxes(workspace);
      // A JSON list has one kind of element.
      const hasRunners = engine !== undefined && (onlyRunners || !json);
      const runners = hasRunners ? listedRunners(await readRunners(engine)) : [];
      return { ...listed, runners, at: placeName(workspace) };
    };
    const render = async () => {
      const places = await each(readPlace);
      // A cluster with runners has them on the same engine as another place.
      const { runners, now } = places.find((place) => place.runners.length > 0) ?? { runners: [] };
      const listed = onlyRunners ? runners : places.flatMap(({ sandboxes }) => sandboxes);
      // Each list of --watch is one line.
      if (json) return `${JSON.stringify(listed, null, watch ? undefined : 2)}\n`;
      const isOne = places.length === 1;
      const paragraphs = [
        ...places.map((place) =>
          describeSandboxes(place.sandboxes, place.now, isOne ? undefined : placeTitle(place.at)),
        ),
        describeRunners(runners, now),
      ];
      const kinds = places.map(({ at }) => (at.target === "docker" ? "engine" : "cluster"));
      const titles = [...new Set(kinds)].join(" or ");
      return (
        paragraphs.filter((paragraph) => paragraph !== "").join("\n") ||
        (titles && `no ${onlyRunners ? "GitLab runners" : "sandboxes"} on this ${titles}\n`)
      );
    };
    if (watch) return watchList(render, process.stdout.isTTY && !json ? CLEAR_SCREEN : "");
    process.stdout.write(await render());
    return 0;
  });
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
