import type { Plan } from "../../src/model/plan.ts";
import { PRIVILEGED_IMAGES } from "../../src/model/privilege.ts";
import { resolve, subnetRequests } from "../../src/model/resolve.ts";
import type { Sandbox } from "../../src/model/sandbox.ts";
import { allocateSubnets, DEFAULT_POOL } from "../../src/model/subnets.ts";
import type { Surroundings } from "../../src/model/surroundings.ts";

/** What the stack `dev` gives a sandbox, except where a test says otherwise. */
export function surroundingsOf(sandbox: Sandbox, others: Partial<Surroundings> = {}): Surroundings {
  return {
    owner: "example/dev",
    project: "example",
    stack: "dev",
    profiles: [],
    created: "2026-11-23T10:00:00Z",
    timeToLive: "8h",
    subnets: allocateSubnets(DEFAULT_POOL, subnetRequests(sandbox, "dev"), []),
    privilegedImages: PRIVILEGED_IMAGES,
    ...others,
  };
}

/** The plan of a sandbox on the stack `dev`. */
export function planOf(sandbox: Sandbox, others: Partial<Surroundings> = {}): Plan {
  return resolve(sandbox, surroundingsOf(sandbox, others));
}
