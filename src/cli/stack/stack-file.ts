import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { writeWhole } from "../../machine/whole-file.ts";
import { askPulumi, PulumiRefused } from "../pulumi/question.ts";
import { writeBranchStackFile } from "../workspace/branch-stack.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readYaml } from "../workspace/yaml-file.ts";

/**
 * Writes a branch's settings to the stack's file, and creates the stack if its backend does not have it. In a
 * local folder that takes no Pulumi, which would take a third of a second.
 * @returns whether the stack is new
 */
export async function ensureStack(workspace: Workspace): Promise<boolean> {
  const { project } = workspace;
  const { branch } = project.settings;
  if (branch !== undefined) writeBranchStackFile(project.folder, project.stack, branch);
  if (stateFileOf(project.name, project.stack) !== undefined) return false;
  if (createLocalStack(project.name, project.stack)) return true;
  try {
    await askPulumi(workspace, ["stack", "select", "--create", "--stack", project.stack]);
  } catch (error) {
    // A Pulumi whose nestbox was killed may make it at the same time.
    if (!(error instanceof PulumiRefused && error.message.includes("already exists"))) throw error;
  }
  return false;
}

/**
 * Writes the state of a stack without resources: CreateStack in pkg/backend/diy/backend.go, ensurePulumiMeta
 * in meta.go. The first operation adds the salt of its passphrase.
 * @returns false where only Pulumi knows how: in another backend or layout, and for a name that it refuses
 */
export function createLocalStack(project: string, stack: string): boolean {
  const folder = localStacks(project);
  if (folder === undefined || process.env.PULUMI_DIY_BACKEND_LEGACY_LAYOUT) return false;
  if (!/^[\w.-]{1,100}$/.test(stack)) return false;
  const root = path.join(folder, "..", "..");
  mkdirSync(root, { recursive: true });
  // First: a state without it counts as one in the former layout.
  writeWhole(path.join(root, "meta.yaml"), "version: 1\n", { once: true });
  mkdirSync(folder, { recursive: true });
  const state = { version: 3, checkpoint: { stack: `organization/${project}/${stack}` } };
  writeWhole(path.join(folder, `${stack}.json`), JSON.stringify(state), { once: true });
  return true;
}

/**
 * The names of the project's stacks that the state knows.
 * @throws PulumiRefused when Pulumi cannot tell, which one broken state among them suffices for where the
 * backend is no local folder
 */
export async function knownStacks(workspace: Workspace): Promise<readonly string[]> {
  const local = localStacks(workspace.project.name);
  if (local !== undefined) {
    const files = existsSync(local) ? readdirSync(local) : [];
    return files.flatMap((file) => /^(.+)\.json(?:\.gz|\.zst)?$/.exec(file)?.[1] ?? []);
  }
  const listed = JSON.parse(await askPulumi(workspace, ["stack", "ls", "--json"]));
  return (listed as readonly { readonly name: string }[]).map((stack) => stack.name);
}

/** The file of a stack's state where the backend is a local folder and has it. */
export function stateFileOf(project: string, stack: string): string | undefined {
  const folder = localStacks(project);
  if (folder === undefined) return undefined;
  return ["json", "json.gz", "json.zst"]
    .map((ending) => path.join(folder, `${stack}.${ending}`))
    .find((file) => existsSync(file));
}

/** Whether there is a state to go by. A folder that Pulumi never wrote to may be one that is not mounted. */
export function hasState(): boolean {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  return !backend.startsWith("file:///") || existsSync(path.join(fileURLToPath(backend), ".pulumi"));
}

/**
 * The folder with the states of a project's stacks: pkg/backend/diy/store.go. Undefined where only Pulumi can
 * tell: the backend is elsewhere, or keeps its stacks in the former layout, in which they have no projects.
 */
export function localStacks(project: string): string | undefined {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file:///")) return undefined;
  const state = path.join(fileURLToPath(backend), ".pulumi");
  if (existsSync(state) && !keepsProjectsApart(state)) return undefined;
  return path.join(state, "stacks", project);
}

/** pkg/backend/diy/meta.go: the former layout has version 0 or no such file. */
function keepsProjectsApart(state: string): boolean {
  const meta = path.join(state, "meta.yaml");
  return existsSync(meta) && Number(readYaml(meta).version) >= 1;
}
