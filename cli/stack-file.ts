import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import { writeBranchStackFile } from "./branch-stack.ts";
import type { Project } from "./project.ts";
import type { Session } from "./session.ts";

/** Writes a branch's settings to the stack's file, and makes the stack if its backend does not have it. A stack in a local folder is looked for there, which costs nothing. */
export async function ensureStack({ project, pulumi }: Session): Promise<void> {
  const { branch } = project.settings;
  if (branch !== undefined) writeBranchStackFile(project.folder, project.stack, branch);
  if (stackExists(project.name, project.stack)) return;
  try {
    await promisify(execFile)(
      pulumi,
      ["stack", "select", "--create", "--non-interactive", "--stack", project.stack],
      {
        cwd: project.folder,
      },
    );
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new ConfigurationError(`stack ${project.stack}: ${stderr.replace(/^error: /, "").trim()}`);
  }
}

/** The names of the project's stacks that the state knows. */
export async function knownStacks({ folder, name }: Project, pulumi: string): Promise<readonly string[]> {
  const local = localStacks(name);
  if (local !== undefined) {
    const files = existsSync(local) ? readdirSync(local) : [];
    return files.flatMap((file) => /^(.+)\.json(?:\.gz)?$/.exec(file)?.[1] ?? []);
  }
  const words = ["stack", "ls", "--json", "--non-interactive"];
  const { stdout } = await promisify(execFile)(pulumi, words, { cwd: folder });
  return (JSON.parse(stdout) as readonly { readonly name: string }[]).map((stack) => stack.name);
}

/**
 * Moves a state that nobody can read out of the way, where the backend is a local folder. What the stack has on the engine can still be found by its labels.
 * Gives a word about it, or undefined for a state that is as it should be.
 */
export function setBrokenStateAside({ project }: Session): string | undefined {
  const folder = localStacks(project.name);
  const file = path.join(folder ?? "", `${project.stack}.json`);
  if (folder === undefined || !existsSync(file)) return undefined;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const aside = `${file}.broken-${Date.now()}`;
    renameSync(file, aside);
    return `the state of stack ${project.stack} could not be read (${error.message.split("\n")[0]}) and was kept aside as ${aside}; going by the labels on the engine`;
  }
}

/** Whether a backend in a local folder holds the stack; false where the backend is elsewhere. */
export function stackExists(project: string, stack: string): boolean {
  const folder = localStacks(project);
  if (folder === undefined) return false;
  return ["json", "json.gz"].some((ending) => existsSync(path.join(folder, `${stack}.${ending}`)));
}

/** Whether there is a state to go by. A folder that Pulumi never wrote to may be one that is not mounted. */
export function hasState(): boolean {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  return !backend.startsWith("file:///") || existsSync(path.join(fileURLToPath(backend), ".pulumi"));
}

/** The folder with the states of a project's stacks: pkg/backend/diy/store.go. Undefined where the backend is elsewhere. */
function localStacks(project: string): string | undefined {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file:///")) return undefined;
  return path.join(fileURLToPath(backend), ".pulumi", "stacks", project);
}
