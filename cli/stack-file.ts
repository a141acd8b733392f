import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import { writeBranchStackFile } from "./branch-stack.ts";
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

/** Whether a backend in a local folder holds the stack; false where the backend is elsewhere. */
export function stackExists(project: string, stack: string): boolean {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file:///")) return false;
  const folder = path.join(fileURLToPath(backend), ".pulumi", "stacks", project);
  return ["json", "json.gz"].some((ending) => existsSync(path.join(folder, `${stack}.${ending}`)));
}
