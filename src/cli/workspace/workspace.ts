import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { engineHost } from "../../docker/client.ts";
import { explainFullDisk } from "../../docker/full-disk.ts";
import type { DockerHost } from "../../docker/host.ts";
import { explainLostEngine } from "../../docker/lost-engine.ts";
import type { Plan } from "../../model/plan.ts";
import { type Ready, setUp } from "../../setup/index.ts";
import { configuredBackend } from "../../stacks/configured-backend.ts";
import { backendInProject } from "../../stacks/state-backend.ts";
import { createProgress, type Progress } from "../../terminal/progress.ts";
import { branchEnvironment } from "./branch-state.ts";
import { openProject, type Place, type Project } from "./project.ts";
import type { Environment } from "./stack-plan.ts";

/** A project on a machine that has been set up for it. */
export interface Workspace {
  readonly project: Project;
  /** What the set-up found or made. */
  readonly ready: Ready;
  /** The Pulumi CLI. */
  readonly pulumi: string;
  readonly engine: DockerHost;
  /** What the Pulumi CLI has in its environment on top of this process's. */
  readonly environment: Environment;
  readonly progress: Progress;
}

/** What a command needs of the machine beside a Docker engine. */
export interface Needs {
  readonly pulumi: boolean;
  /** Whether the project's declarations are read. @default true */
  readonly declarations?: boolean;
  /** The sandboxes that need their images. */
  readonly plans: (project: Project) => readonly Plan[];
  /** What other images must be there. @default none */
  readonly images?: (project: Project) => readonly string[];
}

/**
 * Opens a project and sets up what is missing on the machine.
 * @throws ConfigurationError for what the user has to change, before anything is set up where the project
 * tells
 */
export async function withWorkspace<Result>(
  place: Place,
  { pulumi, declarations = true, plans, images: otherImages = () => [] }: Needs,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const project = await openProject(place, { declarations });
  useState(project, pulumi);
  const planned = plans(project).flatMap(({ images }) => images);
  const images = [...new Set([...planned, ...otherImages(project)])];
  const progress = createProgress();
  try {
    const gitlab = project.runnerImages.length > 0;
    const request = { projectFolder: project.folder, docker: true, pulumi, gitlab, images };
    const ready = await setUp(request, progress);
    // The Docker clients and everything that is started from here on finds the engine by these.
    Object.assign(process.env, ready.environment);
    const engine = engineHost();
    return await work({
      project,
      ready,
      pulumi: ready.pulumi?.command ?? "pulumi",
      engine,
      environment: {},
      progress,
    }).catch((error: unknown) => {
      throw explainFullDisk(explainLostEngine(error, engine));
    });
  } finally {
    progress.close();
  }
}

/**
 * Lets everything from here on find the project's state by the environment, as the Pulumi CLI does. Also what
 * never calls that needs it: whose the things on an engine are follows from it.
 */
function useState({ folder, settings }: Project, pulumi: boolean): void {
  const configured = configuredBackend(folder, process.env);
  if (configured !== undefined) process.env.PULUMI_BACKEND_URL = configured;
  if (pulumi && settings.branch !== undefined)
    Object.assign(process.env, branchEnvironment(folder, process.env));
  if (configured !== undefined) return;
  const ours = backendInProject(folder);
  if (pulumi) mkdirSync(fileURLToPath(ours), { recursive: true });
  process.env.PULUMI_BACKEND_URL = ours;
}
