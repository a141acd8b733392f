import * as pulumi from "@pulumi/pulumi";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { SETTINGS_NAMESPACE, selectSandboxes } from "../stacks/stack-settings.ts";
import type { DockerSandbox } from "./docker/docker-sandbox.ts";
import type { KubernetesSandbox } from "./kubernetes/kubernetes-sandbox.ts";
import { explaining } from "./program-error.ts";
import { programSettings } from "./program-settings.ts";

/** The outputs of each sandbox, by the sandbox's name. */
export type SandboxOutputs = Readonly<
  Record<
    string,
    Pick<DockerSandbox, "networks" | "services"> | Pick<KubernetesSandbox, "namespace" | "services">
  >
>;

/**
 * Creates the declared sandboxes that the stack's configuration selects, each as a component of its name on
 * the stack's target.
 * @throws ProgramError for an error in a declaration or the configuration
 */
export async function bringUpSandboxes(declared: readonly Sandbox[]): Promise<SandboxOutputs> {
  const place = `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:sandboxes`;
  const { sandboxes, target } = explaining(programSettings);
  const selected = explaining(() => selectSandboxes(declared, sandboxes, place));
  if (selected.length === 0) return {};
  const create = target === "docker" ? await onDocker() : await onKubernetes();
  // The SDK formats a stack trace for each property of a resource but never prints it. That takes most of a
  // large program's time.
  if (!process.env.NESTBOX_DEBUG) Error.stackTraceLimit = 0;
  return Object.fromEntries(selected.map((sandbox) => [sandbox.name, create(sandbox)]));
}

// Loaded on demand: @pulumi/docker and @pulumi/kubernetes are optional peers.
async function onDocker() {
  const { DockerSandbox: Component } = await import("./docker/docker-sandbox.ts");
  return (sandbox: Sandbox) => {
    const { networks, services } = new Component(sandbox.name, { sandbox });
    return { networks, services };
  };
}

async function onKubernetes() {
  const { KubernetesSandbox: Component } = await import("./kubernetes/kubernetes-sandbox.ts");
  return (sandbox: Sandbox) => {
    const { namespace, services } = new Component(sandbox.name, { sandbox });
    return { namespace, services };
  };
}
