import * as pulumi from "@pulumi/pulumi";
import type { DockerObjects } from "../docker/lowering/lower-sandbox.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import {
  READ_ELSEWHERE,
  SETTINGS_NAMESPACE,
  selectSandboxes,
  settingsFrom,
} from "../stacks/stack-settings.ts";
import type { DockerSandbox } from "./docker/docker-sandbox.ts";
import { planSandboxes } from "./plan-sandboxes.ts";
import { explain } from "./program-error.ts";
import { findSecrets } from "./stack-secrets.ts";

/** The networks and service endpoints of each sandbox, by the sandbox's name. */
export type SandboxOutputs = Readonly<Record<string, Pick<DockerSandbox, "networks" | "services">>>;

/**
 * Creates the declared sandboxes that the stack's configuration selects.
 * @throws ProgramError for an error in a declaration or the configuration
 */
export function bringUpSandboxes(declared: readonly Sandbox[]): Promise<SandboxOutputs> {
  return createSandboxes(declared).catch(explain);
}

async function createSandboxes(declared: readonly Sandbox[]): Promise<SandboxOutputs> {
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const settings = settingsFrom(readConfiguration(), file);
  const selected = selectSandboxes(declared, settings.sandboxes, `${file}: ${SETTINGS_NAMESPACE}:sandboxes`);
  const { sandboxes, release } = await planSandboxes(selected, { settings });
  try {
    const created = await createPlanned(sandboxes);
    pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);
    return Object.fromEntries(
      created.map(({ networks, services }, index) => [sandboxes[index]?.sandbox, { networks, services }]),
    );
  } catch (error) {
    await release();
    throw error;
  }
}

async function createPlanned(sandboxes: readonly DockerObjects[]): Promise<readonly DockerSandbox[]> {
  const secrets = findSecrets(
    sandboxes.flatMap((objects) => objects.secrets),
    process.env,
    secretsFrom(new pulumi.Config(SETTINGS_NAMESPACE)),
  );
  const projectFolder = pulumi.getRootDirectory();
  // The SDK formats a stack trace for each property of a resource but never prints it. That takes most of a
  // large program's time.
  if (!process.env.NESTBOX_DEBUG) Error.stackTraceLimit = 0;
  // Loaded here: @pulumi/docker is an optional peer.
  const { DockerSandbox: Component } = await import("./docker/docker-sandbox.ts");
  return sandboxes.map((objects) => new Component(objects.sandbox, { objects, secrets, projectFolder }));
}

/**
 * The stack's configuration in the namespace of Nestbox, without keys that other modules read, such as
 * secrets.
 */
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
