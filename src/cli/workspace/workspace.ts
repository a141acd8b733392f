import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { engineHost } from "../../docker/engine-host.ts";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import { explainFullDisk } from "../../docker/full-disk.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { type Ready, setUp } from "../../setup/index.ts";
import { backendInProject } from "../../stacks/state-backend.ts";
import { createProgress, type Progress } from "../../terminal/progress.ts";
import { branchEnvironment } from "./branch-state.ts";
import type { ProcessEnvironment } from "./process-environment.ts";
import { openProject, type Project, type Target } from "./project.ts";

/** A project and the toolchain on this machine that serves it. */
export interface Workspace {
  readonly project: Project;
  /** The result of the set-up. */
  readonly ready: Ready;
  /** The Pulumi CLI. */
  readonly pulumi: string;
  readonly engine: DockerHost;
  /** Additional environment variables of the Pulumi CLI. */
  readonly environment: ProcessEnvironment;
  readonly progress: Progress;
}

/** The requirements of a command beside a Docker engine. */
export interface Needs {
  readonly pulumi: boolean | ((project: Project) => boolean);
  /** Whether to read the project's declarations. @default true */
  readonly declarations?: boolean;
  /** The sandboxes that need their images on the engine. */
  readonly plans: (project: Project) => readonly Plan[];
  /** Other images that are needed on the engine. @default none */
  readonly images?: (project: Project) => readonly string[];
}

/**
 * Opens a project, sets up the machine for it, and runs work in the workspace.
 * @throws ConfigurationError for an error that the user has to correct. Errors of the project come before the
 * set-up.
 */
export async function withWorkspace<Result>(
  target: Target,
  needs: Needs,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const { declarations = true } = needs;
  return inWorkspace(await openProject(target, { declarations }), needs, work);
}

/** Sets up the machine for an opened project, and runs work in the workspace. */
export async function inWorkspace<Result>(
  project: Project,
  { pulumi: isNeeded, plans, images: otherImages = () => [] }: Needs,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const pulumi = typeof isNeeded === "boolean" ? isNeeded : isNeeded(project);
  if (pulumi && !project.hasStacks) throw noStacks(project.folder);
  if (project.hasStacks) await setBackend(project, pulumi);
  const planned = plans(project).flatMap(({ images }) => images);
  const images = [...new Set([...planned, ...otherImages(project)])];
  const progress = createProgress();
  try {
    const { folder: projectFolder, providers } = project;
    const request = { projectFolder, docker: true, pulumi, providers, images };
    const ready = await setUp(request, progress);
    // Docker clients and child processes find the engine by these variables.
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
      throw explainFullDisk(explainUnreachableEngine(error, engine));
    });
  } finally {
    progress.close();
  }
}

function noStacks(folder: string): ConfigurationError {
  return new ConfigurationError(
    `${path.join(folder, "Pulumi.yaml")}: is missing, and stacks need it; create it with ` +
      "npx nestbox init --stack, or start a sandbox without a stack: nestbox run SANDBOX, " +
      "or nestbox run SANDBOX -- COMMAND",
  );
}

/**
 * Sets PULUMI_BACKEND_URL and the passphrase of a branch. Verbs that never run Pulumi need the URL, too: the
 * owner label derives from it.
 */
async function setBackend({ folder, settings }: Project, pulumi: boolean): Promise<void> {
  const { configuredBackend } = await import("../../stacks/configured-backend.ts");
  const configured = configuredBackend(folder, process.env);
  if (configured !== undefined) process.env.PULUMI_BACKEND_URL = configured;
  if (pulumi && settings.branch !== undefined)
    Object.assign(process.env, branchEnvironment(folder, process.env));
  if (configured !== undefined) return;
  const local = backendInProject(folder);
  if (pulumi) mkdirSync(fileURLToPath(local), { recursive: true });
  process.env.PULUMI_BACKEND_URL = local;
}
