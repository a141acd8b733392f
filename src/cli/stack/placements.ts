import type { EngineFacts } from "../../docker/facts.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { type ComponentRequest, placeStack } from "../../stacks/stack-placement.ts";
import type { Project } from "../workspace/project.ts";
import { identityOf } from "../workspace/stack-owner.ts";

/**
 * The placements of components of the stack on an engine, in the same order, as the Pulumi program computes
 * them.
 * @throws ConfigurationError when the subnet pool has no room
 */
export function placementsOf(
  project: Project,
  components: readonly ComponentRequest[],
  facts: EngineFacts,
): readonly DockerPlacement[] {
  return placeStack({
    identity: identityOf(project),
    ...{ components, facts, settings: project.settings, now: new Date() },
    network: placeNetworkFrom(process.env),
  });
}
