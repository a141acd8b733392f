import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { archiveFolder, unpackInto } from "../../machine/archive-folder.ts";
import { runChild } from "../../machine/child-process.ts";
import { LABEL } from "../../model/labels.ts";
import type { Place } from "../../sandbox/place.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../../sandbox/proof-target.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import type { Target } from "../../sandbox/target.ts";
import { toYaml } from "../../text/yaml.ts";
import { provedSandbox } from "./on-place.ts";

/** What a stack is told beside the plan. */
export interface StackSettings {
  readonly target: Target;
  readonly place: Place;
  /** Whether the project has a Pulumi.yaml. */
  readonly hasStacks: boolean;
  /** The main module of the running `nestbox`. */
  readonly main: string;
  readonly subnetPool: string;
  readonly privilegedImages: readonly string[];
}

/** A Docker stack of a copy of the project, by `nestbox up`. Its state is its own. */
export function stackTarget(settings: StackSettings): ProofTarget {
  return {
    name: "stack",
    missing: async () => (settings.hasStacks ? undefined : "the project has no Pulumi.yaml"),
    prepare: (request) => stackSandbox(settings, request),
  };
}

async function stackSandbox(settings: StackSettings, request: ProofRequest): Promise<ProvedSandbox> {
  const { environment, secretVariables, signal } = request;
  const stack = `prove-${randomBytes(4).toString("hex")}`;
  const folder = await copyProject(settings, request, stack);
  const main = inCopy(settings.main, request.projectFolder, folder);
  const nestbox = (verb: string, end?: AbortSignal) =>
    runChild({
      command: process.execPath,
      args: [main, "--project", folder, "--stack", stack, verb],
      environment: {
        ...{ ...environment, ...secretVariables },
        PULUMI_BACKEND_URL: pathToFileURL(path.join(folder, STATE)).href,
        PULUMI_CONFIG_PASSPHRASE: "prove",
      },
      signal: end,
    });
  const remove = async () => {
    await nestbox("down");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await nestbox("up", signal);
    const sandbox = await findSandbox(settings.place, stack, request);
    return { ...provedSandbox(settings.target, settings.place, sandbox, signal), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The sandbox of a stack that is up. Nobody but the proof works on it, so it needs no lease. */
async function findSandbox(
  place: Place,
  stack: string,
  { plan, secrets }: ProofRequest,
): Promise<RunningSandbox> {
  const owned = (await place.readOwned()).find(({ labels }) => labels[LABEL.stack] === stack);
  const owner = owned?.labels[LABEL.owner] ?? "";
  const networks = plan.networks.map(({ key }) => key);
  const { signal: lost } = new AbortController();
  const use = { lost, confirm: async () => {}, labels: {}, afterJob: async () => {} };
  return place.find({ plan, owner, networks, secrets, use });
}

/** The folder with the state in a copy. */
const STATE = ".nestbox-prove-state";

/**
 * A copy of the project with a stack of all profiles, and a folder for its state. It is not in the proof's
 * folder, because it has to stay for as long as anything of the stack does.
 */
async function copyProject(
  { subnetPool, privilegedImages }: StackSettings,
  { plan, projectFolder }: ProofRequest,
  stack: string,
): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-prove-"));
  await unpackInto(folder, await archiveFolder(projectFolder, "."));
  const modules = path.join(folder, "node_modules");
  if (!existsSync(modules)) symlinkSync(path.join(projectFolder, "node_modules"), modules);
  mkdirSync(path.join(folder, STATE));
  const config = {
    "nestbox:sandboxes": [plan.sandbox],
    "nestbox:profiles": plan.profiles,
    "nestbox:subnetPool": subnetPool,
    "nestbox:privilegedImages": privilegedImages,
  };
  writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), toYaml({ config }));
  return folder;
}

/** The path of a file after the copy: a project may contain the `nestbox` that it uses. */
function inCopy(file: string, projectFolder: string, copy: string): string {
  const relative = path.relative(projectFolder, realpathSync(file));
  const isCopied = !relative.startsWith("..") && !relative.startsWith("node_modules");
  return isCopied ? path.join(copy, relative) : file;
}
