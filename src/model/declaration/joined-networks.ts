import type { Sandbox } from "./declaration.ts";
import type { ContainerDefinition } from "./service.ts";

/** The networks that a container joins: those it names, or the sandbox's only one. */
export function networksOf(sandbox: Sandbox, container: ContainerDefinition): readonly string[] {
  return container.networks ?? Object.keys(sandbox.networks).slice(0, 1);
}
