import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { connect } from "../../bench/connect.ts";
import { LABEL } from "../../src/model/labels.ts";

/** A stack of a project. */
interface FingerprintedStack {
  readonly folder: string;
  readonly stack: string;
  readonly owner: string;
  /** Reads its state. @default reads the folder `state` of the project */
  readonly readState?: (() => Promise<StoredState>) | undefined;
}

/** A stack's state as Pulumi stores it. */
export interface StoredState {
  readonly locks: readonly string[];
  /** The checkpoint; undefined without one. */
  readonly checkpoint?: string | undefined;
}

/**
 * Everything that decides what `up` does: the project's files, the state, and the resources on the engine.
 * Equal fingerprints mean that another `up` changes nothing but the end of the stack.
 */
export async function stackFingerprint(target: FingerprintedStack): Promise<string> {
  const { locks, checkpoint } = target.readState ? await target.readState() : stateInFolder(target);
  const state = { locks, latest: checkpoint && latestIn(checkpoint) };
  return JSON.stringify([filesOf(target.folder), state, await resourcesOf(target.owner)]);
}

/** The project's own files, without links and hidden folders. */
function filesOf(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isFile()) return [[file, readFileSync(file, "utf8")] as const];
    return entry.isDirectory() && !/^\.|^state$/.test(entry.name) ? filesOf(file) : [];
  });
}

function stateInFolder({ folder, stack }: FingerprintedStack): StoredState {
  const locks = path.join(folder, "state/.pulumi/locks/organization/nestbox", stack);
  const file = path.join(folder, "state/.pulumi/stacks/nestbox", `${stack}.json`);
  return {
    locks: existsSync(locks) ? readdirSync(locks) : [],
    checkpoint: existsSync(file) ? readFileSync(file, "utf8") : undefined,
  };
}

/** A checkpoint without the time of its writing, or a text that is none. */
export function latestIn(text: string): unknown {
  try {
    const { resources, pending_operations: pending } = JSON.parse(text).checkpoint.latest;
    return { resources, pending };
  } catch {
    return text;
  }
}

async function resourcesOf(owner: string): Promise<unknown> {
  const docker = await connect();
  const filters = { label: [`${LABEL.owner}=${owner}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Id, State, Status, NetworkSettings }) => [
      Id,
      State,
      // The health, or the exit code.
      /\(.*\)/.exec(Status)?.[0],
      Object.values(NetworkSettings.Networks).map(({ NetworkID }) => NetworkID),
    ]),
    ...networks.map(({ Id }) => Id),
    // A renewed lease has another name.
    ...volumes.map(({ Name, Labels }) =>
      Labels?.[LABEL.covers] === undefined ? Name : [Labels[LABEL.covers], isAhead(Labels[LABEL.ends])],
    ),
  ]
    .map((resource) => JSON.stringify(resource))
    .sort();
}

function isAhead(end = ""): boolean {
  return end === "never" || Date.parse(end) > Date.now();
}
