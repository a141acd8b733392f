import { type EngineFacts, readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import { ownProcessMark } from "../machine/process-mark.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { Plan } from "../model/plan.ts";
import { overlap, parseSubnet, type Subnet } from "../model/subnets.ts";
import { planStack, type StackRequest, stackLabels } from "./stack-plan.ts";
import { readReserved, releaseSubnets, reserveSubnets } from "./subnet-reservations.ts";

/** The plans of a stack, whose new networks have subnets that nobody else gets. */
export interface ReservedPlans {
  readonly plans: readonly Plan[];
  /** Gives the reservations back; to be called once the networks are there. */
  release(): Promise<void>;
}

/**
 * Plans a stack as {@link planStack} does, and keeps the subnets of its new networks on the engine until they
 * are there: nobody who plans in this way at the same moment gets the same. A stack without new networks
 * costs nothing more.
 * @throws ConfigurationError as planStack does
 */
export async function planReserved(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlans> {
  const facts = await readFacts(engine);
  const plans = planStack({ ...request, facts });
  if (newSubnets(plans, facts).length === 0) return { plans, release: async () => {} };
  for (;;) {
    const reserved = await planInFreeSubnets(request, engine);
    if (reserved !== undefined) return reserved;
  }
}

/**
 * One attempt, against others who reserve at the same moment. Gives nothing when one of them was faster: they
 * have got further then.
 */
async function planInFreeSubnets(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlans | undefined> {
  const own = reservationLabels(request);
  const reserved = await readReserved(engine, own);
  // After the reservations: what is not reserved any more is a network by now.
  const facts = await readFacts(engine);
  const plans = planStack({ ...request, facts, reserved });
  const wanted = newSubnets(plans, facts);
  if (!(await reserveSubnets(engine, wanted, own))) return undefined;
  const release = () => releaseSubnets(engine, wanted);
  // Somebody may have reserved one, made a network in it and given it back, all since we looked.
  const { networks } = await readFacts(engine);
  const existing = networks.flatMap(({ subnets }) => subnets);
  if (!wanted.some((subnet) => existing.some((other) => sharesAddresses(subnet, other)))) {
    return { plans, release };
  }
  await release();
  return undefined;
}

/** The subnets in which the engine has no network yet. */
function newSubnets(plans: readonly Plan[], { networks }: EngineFacts): readonly Subnet[] {
  const existing = new Set(networks.flatMap(({ subnets }) => subnets));
  return plans.flatMap((plan) =>
    plan.networks.flatMap(({ subnet }) => (existing.has(subnet) ? [] : [subnet])),
  );
}

function sharesAddresses(one: Subnet, other: Subnet): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  return first !== undefined && second !== undefined && overlap(first, second);
}

function reservationLabels({ identity, settings }: Pick<StackRequest, "identity" | "settings">): Labels {
  return {
    ...stackLabels(identity, settings),
    [LABEL.timeToLive]: settings.timeToLive,
    [LABEL.process]: ownProcessMark(),
  };
}
