import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stateAddress } from "../../stacks/state-backend.ts";
import { colors } from "../../terminal/colors.ts";
import { unreadableState } from "../pulumi/errors.ts";
import type { PulumiEnd } from "../pulumi/operation.ts";
import { askPulumi } from "../pulumi/question.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { localStacks, stateFileOf } from "./stack-file.ts";

/**
 * Works on a stack; where nobody can read its state, gets that out of the way, says so, and works once more.
 * What the stack has on the engine can still be found by its labels.
 * @param operate an operation that makes the stack where the state does not know it
 */
export async function withReadableState<End extends PulumiEnd>(
  workspace: Workspace,
  operate: () => Promise<End>,
): Promise<End> {
  removeBrokenSidecars(workspace.project.name);
  const end = await operate();
  const reason = unreadableState(end.errors.map(({ message }) => message));
  if (reason === undefined) return end;
  const { progress, project } = workspace;
  const told = await setStateAside(workspace);
  progress.print(
    `${colors.yellow("!")} the state of stack ${project.stack} could not be read (${reason}) and ${told}; going by the labels on the engine`,
  );
  return operate();
}

/**
 * A file in a local folder is moved. Elsewhere only Pulumi can write: an empty state takes the broken one's
 * place.
 */
async function setStateAside(workspace: Workspace): Promise<string> {
  const { name, stack } = workspace.project;
  const file = stateFileOf(name, stack);
  if (file !== undefined) {
    const aside = `${file}.broken-${Date.now()}`;
    renameSync(file, aside);
    return `was kept aside as ${aside}`;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-state-"));
  try {
    const empty = path.join(folder, "empty.json");
    writeFileSync(empty, JSON.stringify({ version: 3, deployment: {} }));
    await askPulumi(workspace, ["stack", "import", "--stack", stack, "--file", empty]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const backups = `.pulumi/backups/${name}/${stack}`;
  return `begins anew, with earlier ones in ${backups} at ${stateAddress(process.env.PULUMI_BACKEND_URL)}`;
}

/**
 * Removes the sidecars that a command of Pulumi's own has left half written, killed: with them Pulumi would
 * not read the files themselves.
 */
function removeBrokenSidecars(project: string): void {
  const stacks = localStacks(project);
  if (stacks === undefined) return;
  for (const folder of [stacks, path.resolve(stacks, "..", "..")].filter((one) => existsSync(one))) {
    for (const name of readdirSync(folder).filter((one) => one.endsWith(".attrs"))) {
      const sidecar = path.join(folder, name);
      if (!isJson(sidecar)) rmSync(sidecar, { force: true });
    }
  }
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError);
  }
}
