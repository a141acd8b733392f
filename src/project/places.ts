import { exitCodeAfter } from "../machine/exit-codes.ts";
import { ConfigurationError } from "../model/problem.ts";
import { Interrupted, type Invocation } from "../sandbox/invocation.ts";
import type { Place } from "../sandbox/place.ts";
import { readSetting } from "../stacks/stack-settings.ts";
import { configuredStacks } from "./branch-stack.ts";
import { openProject, type Project, type StackChoice } from "./project.ts";
import { placeSettings, runningTarget } from "./running-target.ts";
import { explained, type Needs, openWorkspace, type Workspace } from "./workspace.ts";

/** The places that a command looks at. */
export interface PlaceChoice {
  /** Whether only that of the chosen stack. @default false: those of all stacks of the project */
  readonly only?: boolean;
  /** The target of the places. @default all */
  readonly target?: string;
  /** The context of the one cluster to look at. @default those of the settings */
  readonly context?: string;
  /** With a context: the namespace inside which the sandboxes are. @default each has one of its own */
  readonly namespace?: string;
}

/** The places of a command, each with a workspace. */
export interface OpenPlaces {
  /**
   * Runs work at each place, one after the other, and returns the results. Of several places, one that fails
   * is a warning, and the command leaves it out from then on.
   */
  each<Result>(work: (workspace: Workspace) => Promise<Result>): Promise<readonly Result[]>;
}

/**
 * Sets up the machine for the places of a project's stacks, and runs work with them.
 * @returns the exit code: that of the work, or of a place that failed
 */
export async function atPlaces(
  stack: StackChoice,
  choice: PlaceChoice,
  needs: Needs,
  invocation: Invocation,
  work: (places: OpenPlaces) => Promise<number>,
): Promise<number> {
  let exitCode = 0;
  const warn = (error: unknown) => {
    invocation.progress.warn((error as Error).message);
    exitCode = Math.max(exitCode, exitCodeAfter(error));
  };
  const { context } = choice;
  const projects =
    context === undefined
      ? await projectsByPlace(stack, choice, invocation, warn)
      : [await projectInContext(stack, choice, invocation)];
  const attempt = async <Result>(task: () => Promise<Result>): Promise<readonly Result[]> => {
    try {
      return [await task()];
    } catch (error) {
      if (projects.length === 1 || error instanceof Interrupted) throw error;
      warn(error);
      return [];
    }
  };
  const answering = new Map<string, Workspace>();
  for (const project of projects) {
    const [opened] = await attempt(() => openWorkspace(project, { ...needs, context }, invocation));
    // Two contexts, or the current one and its name, may be of one cluster.
    if (opened && !answering.has(opened.place.id)) answering.set(opened.place.id, opened);
  }
  const each: OpenPlaces["each"] = async (workAt) => {
    const results = [];
    for (const [id, workspace] of answering) {
      const found = await attempt(() => explained(workspace, workAt));
      if (found.length === 0) answering.delete(id);
      results.push(...found);
    }
    return results;
  };
  return Math.max(await work({ each }), exitCode);
}

/** What a place is called in lists. */
export type PlaceName = Pick<Place, "target" | "context">;

export function placeName({ place: { target, context } }: Pick<Workspace, "place">): PlaceName {
  return { target, ...(context !== undefined && { context }) };
}

/** A place in a text about several: "cluster staging". */
export function placeTitle({ place: { noun, context } }: Pick<Workspace, "place">): string {
  return context === undefined ? noun : `${noun} ${context}`;
}

/**
 * The project with the settings of one stack for each place, that of the chosen stack first.
 * @param warn receives the error of another stack's settings file
 */
export async function projectsByPlace(
  choice: StackChoice,
  { only = false, target: wanted }: PlaceChoice,
  { targets }: Pick<Invocation, "targets">,
  warn: (error: unknown) => void,
): Promise<readonly Project[]> {
  const own = await openProject(choice, { declarations: false });
  if (only || !own.hasStacks) return [wanted === undefined ? own : placedOn(own, wanted)];
  const stacks = configuredStacks(own.folder);
  const projects = stacks.length === 0 || stacks.includes(own.stack) ? [own] : [];
  for (const stack of stacks.filter((name) => name !== own.stack)) {
    try {
      const project = await openProject({ project: own.folder, stack }, { declarations: false });
      // Of a branch's own file only the place counts: its passphrase is not that of the other stacks.
      projects.push({ ...project, settings: { ...project.settings, branch: undefined } });
    } catch (error) {
      warn(error);
    }
  }
  const byPlace = new Map<string, Project>();
  for (const project of projects) {
    const { settings, settingsFile } = project;
    try {
      const target = await runningTarget(targets, settings.target, settingsFile);
      const key = `${settings.target} ${target.placeOf(placeSettings(settings))}`;
      if (!byPlace.has(key)) byPlace.set(key, project);
    } catch (error) {
      if (project === own) throw error;
      warn(error);
    }
  }
  const places = [...byPlace.values()];
  if (wanted === undefined) return places;
  const found = places.filter(({ settings }) => settings.target === wanted);
  return found.length > 0 ? found : [placedOn(own, wanted)];
}

/** The project with its sandboxes in a cluster that no settings file names. */
async function projectInContext(
  stack: StackChoice,
  { target, namespace }: PlaceChoice,
  invocation: Pick<Invocation, "targets">,
): Promise<Project> {
  const own = await openProject(stack, { declarations: false });
  const placed = target === undefined ? own : placedOn(own, target);
  const { kubernetes: { namespace: _, ...kubernetes } = {} } = placed.settings;
  const anywhere = { ...placed, settings: { ...placed.settings, kubernetes } };
  return namespace === undefined ? anywhere : placedInside(anywhere, namespace, invocation);
}

/**
 * A project with its sandboxes inside a namespace of its cluster that exists.
 * @throws ConfigurationError for a name that no namespace has, and for a project on another target
 */
export async function placedInside(
  project: Project,
  namespace: string,
  { targets }: Pick<Invocation, "targets">,
): Promise<Project> {
  const { settings, settingsFile } = project;
  const { needs } = await runningTarget(targets, settings.target, settingsFile);
  if (!needs.cluster)
    throw new ConfigurationError(
      "--namespace: names a namespace of a Kubernetes cluster; add --target kubernetes, or leave it out",
    );
  const kubernetes = readSetting("kubernetes", { ...settings.kubernetes, namespace }, "--namespace");
  return { ...project, settings: { ...settings, kubernetes } };
}

/** A project with its sandboxes on the places of another target than its settings name. */
export function placedOn(project: Project, target: string): Project {
  return { ...project, settings: { ...project.settings, target } };
}
