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
import type { DockerHost } from "../../docker/host.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { readOwnedResources } from "../../docker/owned-resources.ts";
import { archiveFolder, unpackInto } from "../../machine/archive-folder.ts";
import { runChild } from "../../machine/child-process.ts";
import { LABEL } from "../../model/labels.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { toYaml } from "../../text/yaml.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../place.ts";
import { onEngine } from "./on-docker.ts";

/** What a stack is told beside the plan. */
export interface StackSettings {
  readonly engine: DockerHost;
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
  const { network, secretVariables, signal } = request;
  const { engine, privilegedImages } = settings;
  const stack = `prove-${randomBytes(4).toString("hex")}`;
  const folder = await copyProject(settings, request, stack);
  const main = inCopy(settings.main, request.projectFolder, folder);
  const nestbox = (verb: string, end?: AbortSignal) =>
    runChild({
      command: process.execPath,
      args: [main, "--project", folder, "--stack", stack, verb],
      environment: {
        ...{ ...process.env, ...secretVariables },
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
    const resources = (await readOwnedResources(engine)).filter(
      ({ labels }) => labels[LABEL.stack] === stack,
    );
    const placement = placementOf(resources, network, privilegedImages);
    return { ...onEngine(engine, placement, request, signal), remove };
  } catch (error) {
    await remove();
    throw error;
  }
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

/** The placement of the stack's sandbox, as its resources have it in their labels. */
function placementOf(
  resources: readonly OwnedResource[],
  network: PlaceNetwork,
  privilegedImages: readonly string[],
): DockerPlacement {
  const ofKind = (kind: string) =>
    Object.fromEntries(
      resources
        .filter(({ labels }) => labels[LABEL.kind] === kind)
        .map(({ name, labels }) => [labels[LABEL.part] ?? "", name]),
    );
  const labels = resources.find((one) => one.labels[LABEL.component] !== undefined)?.labels ?? {};
  return {
    owner: labels[LABEL.owner] ?? "",
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    component: labels[LABEL.component] ?? "",
    created: labels[LABEL.created] ?? "",
    timeToLive: "never",
    ...{ subnets: {}, privilegedImages, network },
    existing: { networks: ofKind("network"), volumes: ofKind("volume") },
  };
}
