import * as pulumi from "@pulumi/pulumi";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { SETTINGS_NAMESPACE, selectSandboxes } from "../stacks/stack-settings.ts";
import type { DockerSandbox } from "./docker/docker-sandbox.ts";
import { explaining } from "./program-error.ts";
import { programSettings } from "./program-settings.ts";

/** The networks and service outputs of each sandbox, by the sandbox's name. */
export type SandboxOutputs = Readonly<Record<string, Pick<DockerSandbox, "networks" | "services">>>;

/**
 * Creates the declared sandboxes that the stack's configuration selects, each as a component of its name.
 * @throws ProgramError for an error in a declaration or the configuration
 */
export async function bringUpSandboxes(declared: readonly Sandbox[]): Promise<SandboxOutputs> {
  const place = `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:sandboxes`;
  const selected = explaining(() => selectSandboxes(declared, programSettings().sandboxes, place));
  if (selected.length === 0) return {};
  // Loaded here: @pulumi/docker is an optional peer.
  const { DockerSandbox: Component } = await import("./docker/docker-sandbox.ts");
  // The SDK formats a stack trace for each property of a resource but never prints it. That takes most of a
  // large program's time.
  if (!process.env.NESTBOX_DEBUG) Error.stackTraceLimit = 0;
  return Object.fromEntries(
    selected.map((sandbox) => {
      const { networks, services } = new Component(sandbox.name, { sandbox });
      return [sandbox.name, { networks, services }];
    }),
  );
}
