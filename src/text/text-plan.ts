import type { Plan } from "../model/plan.ts";
import { networkSubnetKey, resolve } from "../model/resolve.ts";
import type { Sandbox } from "../model/sandbox.ts";
import type { Subnet } from "../model/subnets.ts";
import type { Surroundings } from "../model/surroundings.ts";

/** What of its surroundings reaches a text: everything else is decided where and when the text is used. */
export type TextSurroundings = Pick<Surroundings, "profiles" | "mtu" | "registryMirror">;

/** The stack of a plan that no stack will ever run. */
const NO_STACK = "text";

const NO_SUBNET: Subnet = "0.0.0.0/0";

/**
 * The plan behind an emitted text. Names, labels and subnets in it mean nothing: a text is used many times,
 * on many machines. Who may be privileged is for the runner or the engine to say.
 */
export function planForText(sandbox: Sandbox, surroundings: TextSurroundings): Plan {
  return resolve(sandbox, {
    owner: "",
    project: "",
    stack: NO_STACK,
    created: "",
    timeToLive: "never",
    subnets: Object.fromEntries(
      Object.keys(sandbox.networks).map((network) => [
        networkSubnetKey(NO_STACK, sandbox.name, network),
        NO_SUBNET,
      ]),
    ),
    privilegedImages: Object.values(sandbox.services).map(({ image }) => image),
    ...surroundings,
  });
}

/**
 * The plan of the services that are active with these profiles, without any job's: planning each job for each
 * job would take long.
 */
export function planServicesForText(sandbox: Sandbox, surroundings: TextSurroundings): Plan {
  return planForText({ ...sandbox, jobs: {} }, surroundings);
}

/** The profiles that a sandbox's services and jobs name, each once. */
export function profilesOf(sandbox: Sandbox): readonly string[] {
  const containers = [...Object.values(sandbox.services), ...Object.values(sandbox.jobs)];
  return [...new Set(containers.flatMap(({ profiles = [] }) => profiles))];
}
