import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../engine/client.ts";
import { readFacts } from "../engine/facts.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import { DockerSandbox } from "./docker/sandbox.ts";
import { machineFrom } from "./machine.ts";
import { ProgramError } from "./program-error.ts";
import { selectSandboxes, settingsFrom } from "./settings.ts";
import { planStack } from "./stack-plan.ts";
import { findSecrets } from "./stack-secrets.ts";

/** The stack's sandboxes, and what a person needs to connect to them. */
export const sandboxes = await bringUp().catch(explain);

async function bringUp() {
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const config = new pulumi.Config();
  const settings = settingsFrom(readConfiguration(config.name), file);
  const { default: declared } = await import("../sandboxes/index.ts");
  const plans = planStack({
    identity: {
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      backend: process.env.PULUMI_BACKEND_URL,
    },
    sandboxes: selectSandboxes(declared, settings.sandboxes, `${file}: nestbox:sandboxes`),
    settings,
    machine: machineFrom(process.env),
    facts: await readFacts(engineHost()),
    now: new Date(),
  });
  const secrets = findSecrets(
    plans.flatMap((plan) => plan.secrets),
    process.env,
    secretsFrom(config),
  );
  return Object.fromEntries(
    plans.map((plan) => {
      const { networks, services } = new DockerSandbox(plan.sandbox, { plan, secrets });
      return [plan.sandbox, { networks, services }];
    }),
  );
}

/** The stack's configuration without its prefix. The engine hands every value over as text; lists and objects are JSON. */
function readConfiguration(project: string): Readonly<Record<string, unknown>> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        key === `${prefix}secrets` ? undefined : parsed(value),
      ]),
  );
}

function parsed(value: string): unknown {
  return /^\s*[[{]/.test(value) ? JSON.parse(value) : value;
}

function secretsFrom(config: pulumi.Config): Readonly<Record<string, pulumi.Output<string>>> {
  const names = Object.keys(config.getObject<Record<string, string>>("secrets") ?? {});
  const values = config.getSecretObject<Record<string, string>>("secrets");
  return Object.fromEntries(
    names.flatMap((name) => (values ? [[name, values.apply((all) => all?.[name] ?? "")]] : [])),
  );
}

function explain(error: unknown): never {
  if (error instanceof ConfigurationError) throw new ProgramError(error.message);
  throw error;
}
