import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../docker/engine-host.ts";
import { readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import { type DockerObjects, lowerToDocker } from "../docker/lowering/lower-sandbox.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { LABEL } from "../model/labels.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import { plan } from "../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";
import { placeNetworkFrom } from "../stacks/place-network-from.ts";
import { placeReserved, type ReservedPlacements } from "../stacks/reserved-placements.ts";
import { stackLabels } from "../stacks/stack-identity.ts";
import { useStack } from "../stacks/stack-lease.ts";
import { componentsOf, placeStack, type StackRequest } from "../stacks/stack-placement.ts";
import { type StackSettings, settingsFrom } from "../stacks/stack-settings.ts";
import { fullBackend, stateAddress } from "../stacks/state-backend.ts";
import { explain } from "./program-error.ts";

/** Arguments of {@link planSandboxes}. */
export interface PlanSandboxesArgs {
  /** The settings of the stack. @default the default of each setting */
  readonly settings?: Partial<Omit<StackSettings, "sandboxes">>;
  /**
   * The engine of the resources' provider.
   * @default the engine of the docker command
   */
  readonly engine?: DockerHost;
  /**
   * The requirements of the engine's network.
   * @default the values of NESTBOX_MTU, NESTBOX_REGISTRY_MIRROR and NESTBOX_CA_BUNDLE
   */
  readonly network?: PlaceNetwork;
}

/** Sandboxes with subnets reserved on the engine. */
export interface PlacedSandboxes {
  readonly sandboxes: readonly DockerObjects[];
  /** Releases the reserved subnets. Call it once the networks exist. */
  release(): Promise<void>;
}

/**
 * The Docker objects of sandboxes for the stack of the running program. An existing network keeps its subnet,
 * and a failed container is replaced. The subnets of new networks are reserved on the engine until `release`.
 * A preview reserves none.
 *
 * @example
 * const { sandboxes, release } = await planSandboxes([snake]);
 * const created = sandboxes.map((objects) => new DockerSandbox(objects.sandbox, { objects }));
 * pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);
 * @throws ProgramError for an error in a setting or a declaration, and without an engine. Pulumi prints its
 * message without a stack trace.
 */
export function planSandboxes(
  declared: readonly Sandbox[],
  args: PlanSandboxesArgs = {},
): Promise<PlacedSandboxes> {
  return planOnEngine(declared, args).catch(explain);
}

async function planOnEngine(
  declared: readonly Sandbox[],
  { settings: given = {}, engine = engineHost(), network = placeNetworkFrom(process.env) }: PlanSandboxesArgs,
): Promise<PlacedSandboxes> {
  const settings = settingsFrom({ ...given }, "planSandboxes");
  const identity = {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    backend: stateAddress(await backendOf(pulumi.getRootDirectory())),
  };
  const plans = declared.map((sandbox) => plan(sandbox, { profiles: settings.profiles }));
  const request = { identity, components: componentsOf(plans), settings, network, now: new Date() };
  const { placements, release } = await placeOnEngine(request, engine);
  return {
    sandboxes: placements.flatMap((placement, index) => {
      const planned = plans[index];
      return planned ? [lowerToDocker(planned, placement)] : [];
    }),
    release,
  };
}

async function placeOnEngine(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlacements> {
  // A preview creates no networks, so it reserves no subnets for them.
  if (pulumi.runtime.isDryRun()) {
    const placements = placeStack({ ...request, facts: await readFacts(engine) });
    return { placements, release: async () => {} };
  }
  await renewByUse(request, engine);
  return placeReserved(request, engine);
}

/**
 * Every `up` renews the stack's lease, a plain `pulumi up` too.
 * @throws ConfigurationError when a removal that it waited for left nothing: Pulumi's state still has the
 * stack
 */
async function renewByUse(
  { identity, settings }: Pick<StackRequest, "identity" | "settings">,
  engine: DockerHost,
): Promise<void> {
  const labels = stackLabels(identity, settings);
  const onWait = () => pulumi.log.info(`stack ${identity.stack}: waiting for a clean-up that removes it`);
  if (!(await useStack(engine, { labels, timeToLive: settings.timeToLive }, onWait))) return;
  const { networks } = await readFacts(engine);
  if (networks.some((network) => network.labels[LABEL.owner] === labels[LABEL.owner])) return;
  throw new ConfigurationError(
    `stack ${identity.stack}: a clean-up has just removed it; ` +
      "create it again with nestbox up, or pulumi up --refresh",
  );
}

/**
 * The backend of the stack. Reads Pulumi.yaml only if the environment names no backend: loading its parser
 * takes longer than loading Nestbox.
 */
async function backendOf(folder: string): Promise<string | undefined> {
  const { PULUMI_BACKEND_URL: url } = process.env;
  if (url) return fullBackend(folder, url);
  return (await import("../stacks/configured-backend.ts")).configuredBackend(folder, process.env);
}
