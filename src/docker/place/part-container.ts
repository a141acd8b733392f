import { type ComponentIdentity, LABEL } from "../../model/labels.ts";
import type { DockerHost } from "../host.ts";
import { type ListFilters, listContainers } from "../listing.ts";

/** The filters for the containers of a component. */
export function ofComponent({ owner, component }: ComponentIdentity): ListFilters {
  return { label: [`${LABEL.owner}=${owner}`, `${LABEL.component}=${component}`] };
}

/** The container of a part of a component, running or not. */
export interface PartContainer {
  readonly id: string;
  readonly running: boolean;
}

/**
 * The container of a service, or of a job that runs; undefined without one.
 * @param kinds the kinds of parts to look for, the first wins
 */
export async function partContainer(
  engine: DockerHost,
  component: ComponentIdentity,
  part: string,
  kinds: readonly ("service" | "job")[],
): Promise<PartContainer | undefined> {
  const containers = await listContainers(engine, ofComponent(component));
  const named = containers.filter(({ Labels }) => Labels[LABEL.part] === part);
  const [found] = kinds.flatMap((kind) =>
    named.filter(
      ({ Labels, State }) => Labels[LABEL.kind] === kind && (kind === "service" || State === "running"),
    ),
  );
  return found && { id: found.Id, running: found.State === "running" };
}
