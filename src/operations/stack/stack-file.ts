import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../machine/atomic-file.ts";
import type { Environment } from "../../machine/environment.ts";
import { STACK_NAME, writeBranchStackFile } from "../../project/branch-stack.ts";
import type { Project } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import { readYaml } from "../../project/yaml-file.ts";
import { isThere, localState } from "../../stacks/state-backend.ts";
import { filesIn } from "../pulumi/broken-lock.ts";
import { PulumiCommandError, runOnStack, runPulumiCommand } from "../pulumi/pulumi-command.ts";

/** A stack, and the environment that names its state. */
export interface StateContext {
  readonly project: Pick<Project, "name" | "stack">;
  readonly environment: Environment;
}

/**
 * Writes a branch's settings to the stack's file, and creates the stack if it is not in the state. In a local
 * folder it does so without the Pulumi CLI, which takes a third of a second.
 * @returns whether it created the stack in a local folder
 */
export async function ensureStack(workspace: Workspace): Promise<boolean> {
  const { project } = workspace;
  const { branch } = project.settings;
  if (branch !== undefined) writeBranchStackFile(project.folder, project.stack, branch);
  if (stateFileOf(workspace) !== undefined) return false;
  if (createLocalStack(workspace)) return true;
  try {
    await runOnStack(workspace, "stack", "select", "--create");
  } catch (error) {
    // A Pulumi process that outlived its killed nestbox may create the stack at the same time.
    if (!(error instanceof PulumiCommandError && error.message.includes("already exists"))) throw error;
  }
  return false;
}

/** Pulumi writes its state with these permissions, too. */
const PRIVATE = { mode: 0o600, once: true };

/**
 * Creates a stack without resources in a local folder: CreateStack in pkg/backend/diy/backend.go,
 * ensurePulumiMeta in meta.go. The first operation adds the salt of its passphrase.
 * @returns false for another backend, the legacy layout and an invalid name, which are left to Pulumi
 */
export function createLocalStack(context: StateContext): boolean {
  const { name: project, stack } = context.project;
  const folder = localStacks(context);
  if (folder === undefined || context.environment.PULUMI_DIY_BACKEND_LEGACY_LAYOUT) return false;
  if (!STACK_NAME.test(stack)) return false;
  const root = path.join(folder, "..", "..");
  mkdirSync(root, { recursive: true });
  // First: without this file the state counts as one in the legacy layout.
  writeFileAtomically(path.join(root, "meta.yaml"), "version: 1\n", PRIVATE);
  mkdirSync(folder, { recursive: true });
  const state = { version: 3, checkpoint: { stack: `organization/${project}/${stack}` } };
  writeFileAtomically(path.join(folder, `${stack}.json`), JSON.stringify(state), PRIVATE);
  return true;
}

/**
 * The names of the project's stacks in the state.
 * @throws PulumiCommandError when Pulumi cannot list them; outside local folders one corrupt state is enough
 */
export async function stacksInState(workspace: Workspace): Promise<readonly string[]> {
  const local = localStacks(workspace);
  if (local !== undefined)
    return filesIn(local).flatMap((file) => /([^/]+)\.json(?:\.gz|\.zst)?$/.exec(file)?.[1] ?? []);
  const listed = JSON.parse(await runPulumiCommand(workspace, ["stack", "ls", "--json"]));
  return (listed as readonly { readonly name: string }[]).map((stack) => stack.name);
}

/** The file of a stack's state. Undefined if the backend is not a local folder or lacks the stack. */
export function stateFileOf(context: StateContext): string | undefined {
  const { stack } = context.project;
  const folder = localStacks(context);
  if (folder === undefined) return undefined;
  return ["json", "json.gz", "json.zst"]
    .map((ending) => path.join(folder, `${stack}.${ending}`))
    .find((file) => existsSync(file));
}

/** Whether the state is there. */
export function hasState({ environment }: Pick<StateContext, "environment">): boolean {
  return isThere(environment.PULUMI_BACKEND_URL);
}

/**
 * The folder with the states of a project's stacks: pkg/backend/diy/store.go. Undefined if the backend is not
 * a local folder, or has the legacy layout, without projects.
 */
export function localStacks({ project, environment }: StateContext): string | undefined {
  const state = localState(environment.PULUMI_BACKEND_URL);
  if (state === undefined || (existsSync(state) && !isProjectScoped(state))) return undefined;
  return path.join(state, "stacks", project.name);
}

/** Whether stacks belong to projects. The legacy layout has version 0 or no file: pkg/backend/diy/meta.go */
function isProjectScoped(state: string): boolean {
  const meta = path.join(state, "meta.yaml");
  return existsSync(meta) && Number(readYaml(meta).version) >= 1;
}
