import type { Sandbox } from "./declaration.ts";
import type { ContainerDefinition } from "./service.ts";

/** The networks that a container joins: the declared ones, or the sandbox's only network. */
export function networksOf(sandbox: Sandbox, container: ContainerDefinition): readonly string[] {
  return container.networks ?? Object.keys(sandbox.networks).slice(0, 1);
}
