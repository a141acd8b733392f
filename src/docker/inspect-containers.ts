import type Docker from "dockerode";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";
import { type ListFilters, listContainers } from "./listing.ts";

/** The containers of an engine that match all filters, but for those that are removed meanwhile. */
export async function inspectContainers(
  engine: DockerHost,
  filters: ListFilters,
): Promise<readonly Docker.ContainerInspectInfo[]> {
  const inspected = (await listContainers(engine, filters)).map(({ Id }) =>
    askDocker<Docker.ContainerInspectInfo>(engine, `/containers/${Id}/json`).catch(() => undefined),
  );
  return (await Promise.all(inspected)).filter((container) => container !== undefined);
}
