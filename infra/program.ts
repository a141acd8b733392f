import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../engine/client.ts";
import { readFacts } from "../engine/facts.ts";
import { renewLife } from "../engine/life.ts";
import type { DockerHost } from "../machine/docker/host.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import type { Plan } from "../sandboxes/model/plan.ts";
import type { Sandbox } from "../sandboxes/model/sandbox.ts";
import { DockerSandbox } from "./docker/sandbox.ts";
import { machineFrom } from "./machine.ts";
import { explain } from "./program-error.ts";
import { planReserved } from "./reserved-plans.ts";
import { READ_ELSEWHERE, SETTINGS_NAMESPACE, selectSandboxes, settingsFrom } from "./settings.ts";
import { planStack, type StackRequest, stackLabels } from "./stack-plan.ts";
import { findSecrets } from "./stack-secrets.ts";
import { configuredBackend, stateAddress } from "./state-backend.ts";

/** What a stack exports of each sandbox: what a person needs to connect to it. */
export type StackOutputs = Readonly<Record<string, Pick<DockerSandbox, "networks" | "services">>>;

/**
 * Brings up those of the declared sandboxes that the stack's configuration names.
 * @throws ProgramError with a message for people, when something in the declarations or the configuration must be changed
 */
export function bringUp(declared: readonly Sandbox[]): Promise<StackOutputs> {
  return createSandboxes(declared).catch(explain);
}

async function createSandboxes(declared: readonly Sandbox[]): Promise<StackOutputs> {
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const settings = settingsFrom(readConfiguration(), file);
  const engine = engineHost();
  const request = {
    identity: {
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      backend: stateAddress(configuredBackend(pulumi.getRootDirectory(), process.env)),
    },
    sandboxes: selectSandboxes(declared, settings.sandboxes, `${file}: ${SETTINGS_NAMESPACE}:sandboxes`),
    settings,
    machine: machineFrom(process.env),
    now: new Date(),
  };
  // A preview makes no networks, so it keeps no subnets for them.
  const { plans, release } = pulumi.runtime.isDryRun()
    ? { plans: planStack({ ...request, facts: await readFacts(engine) }), release: undefined }
    : await planReserved(request, engine);
  try {
    await tellChangedLife(plans, request, engine);
    const created = create(plans);
    pulumi.all(created.map(({ networks }) => networks)).apply(() => release?.());
    return Object.fromEntries(
      created.map(({ networks, services }, index) => [plans[index]?.sandbox, { networks, services }]),
    );
  } catch (error) {
    // Whoever fails here makes no networks any more.
    await release?.();
    throw error;
  }
}

function create(plans: readonly Plan[]): readonly DockerSandbox[] {
  const secrets = findSecrets(
    plans.flatMap((plan) => plan.secrets),
    process.env,
    secretsFrom(new pulumi.Config(SETTINGS_NAMESPACE)),
  );
  const projectFolder = pulumi.getRootDirectory();
  // For each of a resource's properties the SDK formats a stack trace that nobody sees: with whole ones that is most of a large program's time. One line still says where an error is.
  Error.stackTraceLimit = 1;
  return plans.map((plan) => new DockerSandbox(plan.sandbox, { plan, secrets, projectFolder }));
}

/** Labels tell the time to live with which a sandbox was first made. Where it is another by now, the stack's life has to tell. */
async function tellChangedLife(
  plans: readonly Plan[],
  { identity, settings }: Pick<StackRequest, "identity" | "settings">,
  engine: DockerHost,
): Promise<void> {
  const { timeToLive } = settings;
  const isTold = plans.every(({ networks }) =>
    networks.every(({ labels }) => labels[LABEL.timeToLive] === timeToLive),
  );
  if (isTold || pulumi.runtime.isDryRun()) return;
  await renewLife(engine, { labels: stackLabels(identity, settings), timeToLive, mode: "use" });
}

/** Our part of the stack's configuration, as text. What holds secrets is none of the settings' business. */
function readConfiguration(): Readonly<Record<string, string>> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix) && !READ_ELSEWHERE.includes(key.slice(prefix.length)))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function secretsFrom(config: pulumi.Config): Readonly<Record<string, pulumi.Output<string>>> {
  const names = Object.keys(config.getObject<Record<string, string>>("secrets") ?? {});
  const values = config.getSecretObject<Record<string, string>>("secrets");
  return Object.fromEntries(
    names.flatMap((name) => (values ? [[name, values.apply((all) => all?.[name] ?? "")]] : [])),
  );
}
