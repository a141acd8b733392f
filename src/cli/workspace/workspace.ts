import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { dockerPlace } from "../../docker/docker-place.ts";
import { engineHost } from "../../docker/engine-host.ts";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import { explainFullDisk } from "../../docker/full-disk.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { Cluster } from "../../kubernetes/api/cluster.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Place } from "../../ownership/place.ts";
import { type Ready, setUp } from "../../setup/index.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { backendInProject, configuredBackend } from "../../stacks/state-backend.ts";
import { createProgress, type Progress } from "../../terminal/progress.ts";
import { branchEnvironment, requirePersistence } from "./branch-state.ts";
import { openProject, type Project, type Target } from "./project.ts";
import { identityOf } from "./stack-owner.ts";

/** A project and the toolchain on this machine that serves it, wherever its sandboxes are. */
interface AnyWorkspace {
  readonly project: Project;
  /** The result of the set-up. */
  readonly ready: Ready;
  /** The owner label of the stack's resources. */
  readonly owner: string;
  /** The Pulumi CLI. */
  readonly pulumi: string;
  /** Where the sandboxes of the stack are. */
  readonly place: Place;
  /** The environment of the Pulumi CLI. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** A project whose stack has its sandboxes on an engine, and the toolchain that serves it. */
export interface EngineWorkspace extends AnyWorkspace {
  readonly engine: DockerHost;
}

/** A project whose stack has its sandboxes in a cluster, and the toolchain that serves it. */
export interface ClusterWorkspace extends AnyWorkspace {
  readonly cluster: Cluster;
  /** The engine with its GitLab runner. Absent without one. */
  readonly engine?: DockerHost;
}

export type Workspace = EngineWorkspace | ClusterWorkspace;

export function isInCluster(workspace: Workspace): workspace is ClusterWorkspace {
  return "cluster" in workspace;
}

/** Runs work on an engine, wherever the settings of the project place its sandboxes. */
export function inEngineWorkspace<Result>(
  project: Project,
  needs: Needs,
  work: (workspace: EngineWorkspace) => Promise<Result>,
): Promise<Result> {
  const settings = { ...project.settings, target: "docker" } as const;
  return inWorkspace({ ...project, settings }, needs, (workspace) => {
    if (isInCluster(workspace)) throw new RangeError(settings.target);
    return work(workspace);
  });
}

/** The requirements of a command beside the place of the sandboxes. */
export interface Needs {
  readonly pulumi: boolean | ((project: Project) => boolean);
  /** Whether to read the project's declarations. @default true */
  readonly declarations?: boolean;
  /** The sandboxes that need their images on the engine. */
  readonly plans: (project: Project) => readonly Plan[];
  /** Other images that are needed on the engine. @default none */
  readonly images?: (project: Project) => readonly string[];
  /** Whether state and place must outlive a CI job. @default only those of a branch's stack */
  readonly persistent?: boolean;
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
  needs: Needs,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const progress = createProgress();
  try {
    return await explained(await openWorkspace(project, needs, progress), work);
  } finally {
    progress.close();
  }
}

/** Runs work in a workspace. Errors name an engine that does not answer, and a full disk. */
export function explained<Result>(
  workspace: Workspace,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const { engine } = workspace;
  return work(workspace).catch((error: unknown) => {
    throw engine === undefined ? error : explainFullDisk(explainUnreachableEngine(error, engine));
  });
}

/** Sets up the machine for an opened project. */
export async function openWorkspace(
  project: Project,
  { pulumi: isNeeded, plans, images: otherImages = () => [], persistent = false }: Needs,
  progress: Progress,
): Promise<Workspace> {
  const pulumi = typeof isNeeded === "boolean" ? isNeeded : isNeeded(project);
  if (pulumi && !project.hasStacks)
    throw new ConfigurationError(
      `${path.join(project.folder, "Pulumi.yaml")}: is missing, and stacks need it; create it with ` +
        "npx nestbox init --stack, or start a sandbox without a stack: nestbox run SANDBOX, " +
        "or nestbox run SANDBOX -- COMMAND",
    );
  if (project.hasStacks) setBackend(project, pulumi, persistent);
  const isOnCluster = project.settings.target === "kubernetes";
  // Nodes pull their images themselves.
  const planned = isOnCluster ? [] : plans(project).flatMap(({ images }) => images);
  const images = [...new Set([...planned, ...otherImages(project)])];
  const docker = !isOnCluster || project.providers.includes("docker");
  const { folder: projectFolder, providers } = project;
  const ready = await setUp({ projectFolder, docker, pulumi, providers, images }, progress);
  // Docker clients and child processes find the engine by these variables.
  Object.assign(process.env, ready.environment);
  const common = {
    ...{ project, ready, environment: process.env, progress },
    owner: ownerOf(identityOf(project)),
    pulumi: ready.pulumi?.command ?? "pulumi",
  };
  if (!isOnCluster) return { ...common, place: dockerPlace(engineHost()), engine: engineHost() };
  // Imported here: stacks on an engine need none of it.
  const [{ clusterFor }, { clusterPlace }] = await Promise.all([
    import("./cluster-for.ts"),
    import("../../kubernetes/cluster-place.ts"),
  ]);
  const cluster = await clusterFor(project);
  return { ...common, cluster, place: clusterPlace(cluster), ...(docker && { engine: engineHost() }) };
}

/**
 * Sets PULUMI_BACKEND_URL and the passphrase of a branch. Verbs that never run Pulumi need the URL, too: the
 * owner label derives from it.
 */
function setBackend({ folder, settings }: Project, pulumi: boolean, persistent: boolean): void {
  const configured = configuredBackend(folder, process.env);
  if (persistent) requirePersistence(configured, process.env, settings.target);
  if (configured !== undefined) process.env.PULUMI_BACKEND_URL = configured;
  if (pulumi && settings.branch !== undefined)
    Object.assign(process.env, branchEnvironment(folder, process.env, settings.target));
  if (configured !== undefined) return;
  const local = backendInProject(folder);
  if (pulumi) mkdirSync(fileURLToPath(local), { recursive: true });
  process.env.PULUMI_BACKEND_URL = local;
}
