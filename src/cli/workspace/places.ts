import { createProgress, type Progress } from "../../terminal/progress.ts";
import { exitCodeAfter } from "../exit-codes.ts";
import { configuredStacks } from "./branch-stack.ts";
import { openProject, type Project, type Target } from "./project.ts";
import { explained, isInCluster, type Needs, openWorkspace, type Workspace } from "./workspace.ts";

/** The places that a command looks at. */
export interface PlaceChoice {
  /** Whether only that of the target's own stack. @default false: those of all stacks of the project */
  readonly only?: boolean;
  /** The kind of the places. @default all */
  readonly target?: Project["settings"]["target"];
}

/** The places of a command, each with a workspace. */
export interface OpenPlaces {
  readonly progress: Progress;
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
  target: Target,
  choice: PlaceChoice,
  needs: Needs,
  work: (places: OpenPlaces) => Promise<number>,
): Promise<number> {
  const progress = createProgress();
  let exitCode = 0;
  const warn = (error: unknown) => {
    progress.warn((error as Error).message);
    exitCode = Math.max(exitCode, exitCodeAfter(error));
  };
  try {
    const projects = await projectsByPlace(target, choice, warn);
    const attempt = async <Result>(task: () => Promise<Result>): Promise<readonly Result[]> => {
      try {
        return [await task()];
      } catch (error) {
        if (projects.length === 1) throw error;
        warn(error);
        return [];
      }
    };
    const answering = new Set<Workspace>();
    for (const project of projects) {
      const [opened] = await attempt(() => openWorkspace(project, needs, progress));
      if (opened && ![...answering].some((other) => isSame(opened, other))) answering.add(opened);
    }
    const each: OpenPlaces["each"] = async (workAt) => {
      const results = [];
      for (const workspace of answering) {
        const found = await attempt(() => explained(workspace, workAt));
        if (found.length === 0) answering.delete(workspace);
        results.push(...found);
      }
      return results;
    };
    return Math.max(await work({ progress, each }), exitCode);
  } finally {
    progress.close();
  }
}

/** What a place is called in lists. */
export interface PlaceName {
  readonly target: Project["settings"]["target"];
  /** The context of the kubeconfig. Absent for an engine. */
  readonly context?: string;
}

export function placeName(workspace: Workspace): PlaceName {
  return isInCluster(workspace)
    ? { target: "kubernetes", context: workspace.cluster.context.name }
    : { target: "docker" };
}

/** A place in a text with several: "cluster staging". */
export function placeTitle({ target, context }: PlaceName): string {
  return target === "docker" ? "engine" : `cluster ${context}`;
}

/**
 * The project with the settings of one stack for each place, the target's own first.
 * @param warn receives the error of another stack's settings file
 */
export async function projectsByPlace(
  target: Target,
  { only = false, target: wanted }: PlaceChoice,
  warn: (error: unknown) => void,
): Promise<readonly Project[]> {
  const own = await openProject(target, { declarations: false });
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
  const places = [...Map.groupBy(projects, keyOf).values()].flatMap(([first]) => first ?? []);
  if (wanted === undefined) return places;
  const found = places.filter(({ settings }) => settings.target === wanted);
  return found.length > 0 ? found : [placedOn(own, wanted)];
}

function keyOf({ settings: { target, kubernetes } }: Project): string {
  return target === "docker" ? target : `${target} ${kubernetes.context ?? ""}`;
}

/** A project with its sandboxes on another kind of place than its settings name. */
function placedOn(project: Project, target: PlaceName["target"]): Project {
  const providers = project.providers.filter((name) => name !== "docker" && name !== "kubernetes");
  return { ...project, settings: { ...project.settings, target }, providers: [target, ...providers] };
}

/** Two contexts, or the current one and its name, may be of one cluster. */
function isSame(one: Workspace, other: Workspace): boolean {
  if (!isInCluster(one) || !isInCluster(other)) return isInCluster(one) === isInCluster(other);
  return one.cluster.context.server === other.cluster.context.server;
}
