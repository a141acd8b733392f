import type { Environment } from "../../src/machine/environment.ts";
import { PRIVILEGED_IMAGES } from "../../src/model/plan/privilege.ts";
import { DEFAULT_POOL } from "../../src/model/subnets.ts";
import { placeTarget } from "../../src/proof/places/on-place.ts";
import type { Place } from "../../src/sandbox/place.ts";
import type { ProofTarget } from "../../src/sandbox/proof-target.ts";
import type { Target } from "../../src/sandbox/target.ts";
import { SILENT } from "../silent-progress.ts";
import { exampleProject } from "./prove-on.ts";

/** The place of a target, for a project of this repository's examples. */
export async function connectTo(
  target: Target,
  project: string,
  own: unknown = {},
  environment: Environment = process.env,
): Promise<Place> {
  if (target.runs === undefined) throw new Error(`${target.name} has no places`);
  return target.runs.connect({
    ...{ project, projectFolder: await exampleProject(), environment },
    settings: { subnetPool: DEFAULT_POOL, privilegedImages: PRIVILEGED_IMAGES, own },
  });
}

/** A target by its own place. */
export function runningTarget(target: Target, project: string, own?: unknown): ProofTarget {
  return placeTarget({ target, progress: SILENT, connect: () => connectTo(target, project, own) });
}
