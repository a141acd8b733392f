import { askDocker } from "../docker/api.ts";
import type { DockerHost } from "../docker/host.ts";

interface Listed {
  readonly Name?: string;
  readonly Names?: readonly string[];
}

/** The containers, networks and volumes with a label, such as `project=shop`, by kind and name. */
export async function resourcesWith(engine: DockerHost, label: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    askDocker<readonly Listed[]>(engine, `/containers/json?all=1&filters=${filters}`),
    askDocker<readonly Listed[]>(engine, `/networks?filters=${filters}`),
    askDocker<{ readonly Volumes: readonly Listed[] | null }>(engine, `/volumes?filters=${filters}`),
  ]);
  const named = (kind: string, found: readonly Listed[] | null) =>
    (found ?? []).map(({ Name, Names: [name] = [] }) => `${kind} ${Name ?? name?.replace(/^\//, "")}`);
  return [...named("container", containers), ...named("network", networks), ...named("volume", volumes)];
}
