import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { engineHost } from "../docker/engine-host.ts";
import type { DockerHost } from "../docker/host.ts";
import type { Environment } from "../machine/environment.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Ownership } from "../ownership/ownership.ts";
import { type Invocation, interruptible } from "../sandbox/invocation.ts";
import type { Place } from "../sandbox/place.ts";
import type { RunningTarget } from "../sandbox/target.ts";
import { type Ready, setUp } from "../setup/index.ts";
import { backendInProject, configuredBackend, isThere } from "../stacks/state-backend.ts";
import { branchEnvironment, requirePersistence } from "./branch-state.ts";
import { absoluteKubeconfig } from "./kubeconfig-variable.ts";
import { projectOwnership } from "./owner.ts";
import { openProject, type Project, type StackChoice } from "./project.ts";
import { connectPlace, placeSettings, runningTarget } from "./running-target.ts";

/**
 * A project, and the toolchain on this machine that serves it. Its environment has the variables that the
 * set-up adds.
 */
export interface Workspace extends Invocation {
  readonly project: Project;
  /** The result of the set-up. */
  readonly ready: Ready;
  /** The owner of the sandboxes: the stack, or in a project without stacks the checkout. */
  readonly ownership: Ownership;
  /** The owner label of its resources. */
  readonly owner: string;
  /** The Pulumi CLI. */
  readonly pulumi: string;
  /** Where its sandboxes are. */
  readonly place: Place;
  /** The engine that was set up. Absent where none is needed. */
  readonly engine?: DockerHost;
}

/** The requirements of a command beside the place of the sandboxes. */
export interface Needs {
  /**
   * Whether it runs the Pulumi CLI. "with state": if the state of the project's stacks is there.
   * @default if the project has stacks
   */
  readonly pulumi?: boolean | "with state";
  /** Whether to read the project's declarations. @default true */
  readonly declarations?: boolean;
  /** The sandboxes that need their images, with builds that {@link nameBuilds} has named. @default none */
  readonly plans?: (project: Project) => readonly Plan[];
  /** Other images that are needed on the engine. @default none */
  readonly images?: (project: Project) => readonly string[];
  /** Whether state and place must outlive a CI job. @default only those of a branch's stack */
  readonly persistent?: boolean;
  /** Whether a cluster of nestbox-airgap is looked for. @default if the sandboxes are in a cluster */
  readonly cluster?: boolean;
  /** The context of the kubeconfig. @default that of the settings */
  readonly context?: string | undefined;
}

/**
 * Opens a project, sets up the machine for it, and runs work in the workspace.
 * @throws ConfigurationError for an error that the user has to correct. Errors of the project come before the
 * set-up.
 */
export async function withWorkspace<Result>(
  choice: StackChoice,
  needs: Needs,
  invocation: Invocation,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  const { declarations = true } = needs;
  return inWorkspace(await openProject(choice, { declarations }), needs, invocation, work);
}

/** Sets up the machine for an opened project, and runs work in the workspace. */
export async function inWorkspace<Result>(
  project: Project,
  needs: Needs,
  invocation: Invocation,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  return explained(await openWorkspace(project, needs, invocation), work);
}

/** Runs work in a workspace. Errors name a cause that the place knows. */
export function explained<Result>(
  workspace: Workspace,
  work: (workspace: Workspace) => Promise<Result>,
): Promise<Result> {
  return work(workspace).catch((error: unknown) => {
    throw workspace.place.explain(error);
  });
}

/** Sets up the machine for an opened project. */
export async function openWorkspace(
  project: Project,
  needs: Needs,
  invocation: Invocation,
): Promise<Workspace> {
  const { plans = () => [], images: otherImages = () => [], cluster = false, context } = needs;
  const pulumi = runsPulumi(project, needs, invocation.environment);
  const { progress } = invocation;
  if (pulumi && !project.hasStacks) throw stacksMissing(project);
  const target = await runningTarget(invocation.targets, project.settings.target, project.settingsFile);
  // Before the set-up: it may take long.
  if (context !== undefined && !target.needs.cluster) throw contextWithoutCluster();
  const backend = project.hasStacks
    ? backendEnvironment(project, { ...needs, pulumi }, target, invocation.environment)
    : {};
  const kubeconfig = absoluteKubeconfig(invocation.environment);
  const before = { ...invocation.environment, ...backend, ...kubeconfig };
  // Nodes of a cluster pull their images themselves.
  const planned = target.needs.engine ? plans(project).flatMap(({ images }) => images) : [];
  const images = [...new Set([...planned, ...otherImages(project)])];
  const registry = target.registryOf?.(placeSettings(project.settings));
  const builds =
    target.needs.engine || registry !== undefined ? plans(project).flatMap((plan) => plan.builds) : [];
  const usesEngine = target.needs.engine || project.providers.includes("docker");
  const { folder: projectFolder } = project;
  const providers = [...new Set([target.provider, ...project.providers])];
  const request = {
    projectFolder,
    docker: usesEngine || builds.length > 0,
    pulumi,
    providers,
    images,
    builds: [...new Map(builds.map((build) => [build.image, build])).values()],
    registry,
    cluster: cluster || target.needs.cluster,
  };
  const ready = await interruptible(invocation, (signal) =>
    setUp({ ...request, environment: before, signal, timings: invocation.timings }, progress),
  );
  const environment = { ...before, ...ready.environment };
  const place = await connectPlace(target, project, environment, context, ready.published);
  const ownership = projectOwnership(project, environment);
  return {
    ...{ ...invocation, environment, project, ready, ownership, place },
    owner: ownership.owner,
    pulumi: ready.pulumi?.command ?? "pulumi",
    ...(usesEngine && { engine: engineHost(environment) }),
  };
}

function runsPulumi(
  { folder, hasStacks }: Project,
  { pulumi = hasStacks }: Needs,
  environment: Environment,
): boolean {
  if (pulumi !== "with state") return pulumi;
  const backend = configuredBackend(folder, environment) ?? backendInProject(folder);
  return hasStacks && isThere(backend);
}

function contextWithoutCluster(): ConfigurationError {
  return new ConfigurationError(
    "--context: names a Kubernetes cluster; add --target kubernetes, or leave it out",
  );
}

function stacksMissing({ folder }: Project): ConfigurationError {
  return new ConfigurationError(
    `${path.join(folder, "Pulumi.yaml")}: is missing, and stacks need it; create it with ` +
      "npx nestbox init --stack, or use a sandbox without a stack: nestbox up, or nestbox run SANDBOX",
  );
}

/**
 * The address of the state, and the passphrase of a branch. Verbs that never run Pulumi need the address,
 * too: the owner label derives from it.
 */
function backendEnvironment(
  { folder, settings: { branch } }: Project,
  { pulumi, persistent = false }: Needs & { readonly pulumi: boolean },
  target: RunningTarget,
  environment: Environment,
): Readonly<Record<string, string>> {
  const configured = configuredBackend(folder, environment);
  const withBackend = { ...environment, PULUMI_BACKEND_URL: configured };
  if (persistent) requirePersistence(withBackend, target);
  const passphrase = pulumi && branch !== undefined ? branchEnvironment(folder, withBackend, target) : {};
  if (configured !== undefined) return { ...passphrase, PULUMI_BACKEND_URL: configured };
  const local = backendInProject(folder);
  if (pulumi) mkdirSync(fileURLToPath(local), { recursive: true, mode: 0o700 });
  return { ...passphrase, PULUMI_BACKEND_URL: local };
}
