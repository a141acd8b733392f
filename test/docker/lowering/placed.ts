import { type DockerObjects, lowerToDocker } from "../../../src/docker/lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../../../src/docker/lowering/placement.ts";
import type { Sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { type PlanOptions, plan } from "../../../src/model/plan/plan-sandbox.ts";
import { PRIVILEGED_IMAGES } from "../../../src/model/plan/privilege.ts";
import { allocateSubnets, DEFAULT_POOL } from "../../../src/model/subnets.ts";

/** The placement of a plan, by default on the stack `dev`. */
export function placementOf(planned: Plan, others: Partial<DockerPlacement> = {}): DockerPlacement {
  const requests = planned.networks.map(({ key, capacity }) => ({ key, containers: capacity }));
  return {
    owner: "example/dev",
    project: "example",
    stack: "dev",
    component: planned.sandbox,
    created: "2026-11-23T10:00:00Z",
    timeToLive: "8h",
    subnets: allocateSubnets(DEFAULT_POOL, requests, []),
    privilegedImages: PRIVILEGED_IMAGES,
    network: {},
    ...others,
  };
}

/** The Docker objects of a sandbox on the stack `dev`. */
export function objectsOf(
  sandbox: Sandbox,
  { profiles = [], ...others }: PlanOptions & Partial<DockerPlacement> = {},
): DockerObjects {
  const planned = plan(sandbox, { profiles });
  return lowerToDocker(planned, placementOf(planned, others));
}
