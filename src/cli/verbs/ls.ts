import { setTimeout as pause } from "node:timers/promises";
import { readRunners } from "../../gitlab/runner/runners.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { listSandboxes } from "../../operations/list-sandboxes.ts";
import { overdueRemovals } from "../../operations/stack/pending-removals.ts";
import { atPlaces, type PlaceChoice, placeTitle } from "../../project/places.ts";
import type { StackChoice } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import { type Invocation, interruptible } from "../../sandbox/invocation.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ListAnswer } from "../answers/answers.ts";
import { describeRunners, listedRunners } from "../tables/runner-list.ts";
import { describeSandboxes } from "../tables/sandbox-list.ts";

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
export function ls(choice: StackChoice, options: ListOptions, invocation: Invocation): Promise<number> {
  const { json = false, watch = false, runners: onlyRunners = false } = options;
  const { progress, stdout } = invocation;
  const needs = { pulumi: false, declarations: false };
  return atPlaces(choice, options, needs, invocation, async ({ each }) => {
    const overdue = await each(overdueRemovals);
    await each(removeAbandonedSandboxes);
    for (const line of overdue.flat()) progress.warn(line);
    const readPlace = async (workspace: Workspace) => {
      const { engine, place } = workspace;
      const listed = onlyRunners ? { sandboxes: [], now: Date.now() } : await listSandboxes(workspace);
      // The answer has one kind of element.
      const hasRunners = engine !== undefined && (onlyRunners || !json);
      const runners = hasRunners ? listedRunners(await readRunners(engine)) : [];
      return { ...listed, runners, noun: place.noun, title: placeTitle(workspace) };
    };
    const render = async () => {
      const places = await each(readPlace);
      // A cluster with runners has them on the same engine as another place.
      const { runners, now } = places.find((place) => place.runners.length > 0) ?? { runners: [] };
      if (json) {
        const sandboxes = places.flatMap((place) => place.sandboxes);
        const listed = onlyRunners ? { runners } : { sandboxes };
        return answerText<ListAnswer>(listed, watch ? "line" : "document");
      }
      const isOne = places.length === 1;
      const paragraphs = [
        ...places.map((place) =>
          describeSandboxes(place.sandboxes, place.now, isOne ? undefined : place.title),
        ),
        describeRunners(runners, now),
      ];
      const nouns = [...new Set(places.map(({ noun }) => noun))].join(" or ");
      return (
        paragraphs.filter((paragraph) => paragraph !== "").join("\n") ||
        (nouns && `no ${onlyRunners ? "GitLab runners" : "sandboxes"} on this ${nouns}\n`)
      );
    };
    if (watch) return watchList(render, invocation, json);
    stdout.write(await render());
    return 0;
  });
}

async function watchList(
  render: () => Promise<string>,
  invocation: Invocation,
  json: boolean,
): Promise<number> {
  const { stdout } = invocation;
  const before = "isTTY" in stdout && stdout.isTTY && !json ? CLEAR_SCREEN : "";
  await interruptible(invocation, async (interrupted) => {
    for (let last = ""; !interrupted.aborted; ) {
      const text = await render();
      if (text !== last) stdout.write(before + text);
      last = text;
      await pause(INTERVAL, undefined, { signal: interrupted }).catch(() => {});
    }
  });
  return 0;
}
