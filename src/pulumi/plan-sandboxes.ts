import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../docker/client.ts";
import { readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import type { Sandbox } from "../model/sandbox.ts";
import { type Machine, machineFrom } from "../stacks/machine.ts";
import { planReserved, type ReservedPlans } from "../stacks/reserved-plans.ts";
import { type StackSettings, settingsFrom } from "../stacks/settings.ts";
import { planStack } from "../stacks/stack-plan.ts";
import { fullBackend, stateAddress } from "../stacks/state-backend.ts";
import { explain } from "./program-error.ts";
import { renewByUse } from "./renew-by-use.ts";

/** What else a Pulumi program says about the plans of its sandboxes. */
export interface PlanSandboxesArgs {
  /** What holds for all of them. @default each setting's own default */
  readonly settings?: Partial<Omit<StackSettings, "sandboxes">>;
  /**
   * The engine on which they will be: that of the provider of their resources.
   * @default the one that the docker command would use
   */
  readonly engine?: DockerHost;
  /**
   * What the network gives to sandboxes.
   * @default what NESTBOX_MTU, NESTBOX_REGISTRY_MIRROR and NESTBOX_CA_BUNDLE say
   */
  readonly machine?: Machine;
}

/**
 * The plans of sandboxes for the stack whose program this is. It looks at the engine: a network that exists
 * keeps its subnet, and what has failed is made again. The subnets of new networks are reserved on the
 * engine, so that nobody else takes them before the networks are there; a preview reserves none.
 *
 * @example
 * const { plans, release } = await planSandboxes([snake]);
 * const made = plans.map((plan) => new DockerSandbox(plan.sandbox, { plan }));
 * pulumi.all(made.map(({ networksCreated }) => networksCreated)).apply(release);
 * @throws ProgramError, whose message Pulumi prints without a stack trace, when a setting or a declaration
 * must be changed, or there is no engine
 */
export function planSandboxes(
  sandboxes: readonly Sandbox[],
  args: PlanSandboxesArgs = {},
): Promise<ReservedPlans> {
  return planOnEngine(sandboxes, args).catch(explain);
}

async function planOnEngine(
  sandboxes: readonly Sandbox[],
  { settings: said = {}, engine = engineHost(), machine = machineFrom(process.env) }: PlanSandboxesArgs,
): Promise<ReservedPlans> {
  const settings = settingsFrom({ ...said }, "planSandboxes");
  const identity = {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    backend: stateAddress(await backendOf(pulumi.getRootDirectory())),
  };
  const request = { identity, sandboxes, settings, machine, now: new Date() };
  // A preview makes no networks, so it keeps no subnets for them.
  if (pulumi.runtime.isDryRun()) {
    return { plans: planStack({ ...request, facts: await readFacts(engine) }), release: async () => {} };
  }
  await renewByUse(request, engine);
  return planReserved(request, engine);
}

/**
 * Pulumi.yaml is read only where the environment names no backend: its parser takes longer to load than all
 * of ours.
 */
async function backendOf(folder: string): Promise<string | undefined> {
  const { PULUMI_BACKEND_URL: url } = process.env;
  if (url) return fullBackend(folder, url);
  return (await import("../stacks/configured-backend.ts")).configuredBackend(folder, process.env);
}
