import * as pulumi from "@pulumi/pulumi";
import { requireValid } from "../model/declaration/invalid-sandbox.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";
import { SETTINGS_NAMESPACE, selectSandboxes } from "../stacks/stack-settings.ts";
import type { CleanUp } from "./clean-up/clean-up.ts";
import type { ClusterCleanUp } from "./clean-up/cluster-clean-up.ts";
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
  const selected = explaining(() => {
    const chosen = selectSandboxes(declared, sandboxes, place);
    requireValid(chosen);
    return chosen;
  });
  if (selected.length === 0) return {};
  const create = await explaining(() => targetComponents(target)).load();
  // The SDK formats a stack trace for each property of a resource but never prints it. That takes most of a
  // large program's time.
  if (!process.env.NESTBOX_DEBUG) Error.stackTraceLimit = 0;
  return Object.fromEntries(selected.map((sandbox) => [sandbox.name, create(sandbox)]));
}

/** The components of each target, and the peer that they need beside the SDK. */
const COMPONENTS: Readonly<Record<string, TargetComponents>> = {
  docker: { peer: "@pulumi/docker", load: onDocker, cleanUp: cleanUpOnDocker },
  kubernetes: { peer: "@pulumi/kubernetes", load: onKubernetes, cleanUp: cleanUpOnKubernetes },
};

interface TargetComponents {
  readonly peer: string;
  readonly load: () => Promise<(sandbox: Sandbox) => SandboxOutputs[string]>;
  /** Creates the scheduled clean-up by its setting. */
  readonly cleanUp: (setting: object, place: string) => Promise<CleanUpOutputs>;
}

/** The output of a stack's clean-up: a container on its engine, or a CronJob in its cluster. */
export type CleanUpOutputs = Pick<CleanUp, "container"> | Pick<ClusterCleanUp, "cronJob">;

/** @throws ConfigurationError for a target without components */
export function targetComponents(target: string): TargetComponents {
  const components = COMPONENTS[target];
  if (components !== undefined) return components;
  throw new ConfigurationError(
    `Pulumi.${pulumi.getStack()}.yaml: ${SETTINGS_NAMESPACE}:target is ${JSON.stringify(target)}; ` +
      `it must be ${Object.keys(COMPONENTS).join(" or ")}`,
  );
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

async function cleanUpOnDocker(setting: object, place: string) {
  const [{ CleanUp: Component }, { cleanUpSettingsFrom }] = await Promise.all([
    import("./clean-up/clean-up.ts"),
    import("./clean-up/clean-up-settings.ts"),
  ]);
  const { container } = new Component("clean-up", cleanUpSettingsFrom(setting, place));
  return { container };
}

async function cleanUpOnKubernetes(setting: object, place: string) {
  const [{ ClusterCleanUp: Component }, { clusterCleanUpSettingsFrom }] = await Promise.all([
    import("./clean-up/cluster-clean-up.ts"),
    import("./clean-up/clean-up-settings.ts"),
  ]);
  const { namespace: sandboxes } = programSettings().kubernetes;
  const settings = { ...clusterCleanUpSettingsFrom(setting, place), sandboxes };
  const { cronJob } = new Component("clean-up", settings);
  return { cronJob };
}
