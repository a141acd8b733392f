import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { type CommandContext, runOnStack } from "./pulumi-command.ts";

/** The parts of a stack's state that are read here. */
export interface ExportedState {
  readonly resources: readonly ExportedResource[];
  /** The URNs of resources that a killed operation was about to create, change or remove. */
  readonly pendingOperations: readonly string[];
}

/** A resource in a state, with the fields that are read here. */
export interface ExportedResource {
  readonly type?: string;
  /** The provider's id, see {@link idInState}. */
  readonly id?: string;
}

/**
 * The state of a stack.
 * @throws PulumiCommandError for a state that cannot be read
 */
export async function exportState(context: CommandContext): Promise<ExportedState> {
  const { deployment } = JSON.parse(await runOnStack(context, "stack", "export")) as ExportedStack;
  const { resources = [], pending_operations: operations = [] } = deployment ?? {};
  return { resources, pendingOperations: operations.map(({ resource }) => resource.urn) };
}

/** The id of a resource in a state. Docker's is the engine's, that of a namespace is its name. */
export function idInState({ kind, id, name }: OwnedResource): string {
  return kind === "namespace" ? name : id;
}

/** The output of `pulumi stack export`. */
interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly ExportedResource[];
    readonly pending_operations?: readonly { readonly resource: { readonly urn: string } }[];
  };
}
