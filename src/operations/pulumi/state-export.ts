import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { type CommandContext, runOnStack } from "./pulumi-command.ts";

/** The output of `pulumi stack export`, with the parts that are read here. */
interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly {
      readonly type?: string;
      /** The provider's id, see {@link idInState}. */
      readonly id?: string;
    }[];
    readonly pending_operations?: readonly { readonly resource: { readonly urn: string } }[];
  };
}

/**
 * The resources in the state of a stack, and the URNs of those that a killed operation was about to create,
 * change or remove.
 * @throws PulumiCommandError for a state that cannot be read
 */
export async function exportState(context: CommandContext) {
  const { deployment } = JSON.parse(await runOnStack(context, "stack", "export")) as ExportedStack;
  const { resources = [], pending_operations: operations = [] } = deployment ?? {};
  return { resources, pendingOperations: operations.map(({ resource }) => resource.urn) };
}

/**
 * The id of a resource in a state. Docker's is the engine's, that of a namespace is its name, that of a
 * sandbox inside one the name of its root.
 */
export function idInState({ kind, id, name }: OwnedResource): string {
  if (kind === "sandbox") return `${name}-default-deny`;
  return kind === "namespace" ? name : id;
}
