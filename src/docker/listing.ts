import type Docker from "dockerode";
import type { Labels } from "../model/labels.ts";
import { askDocker, type DockerCall } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Docker's filters of a list: https://docs.docker.com/reference/api/engine/ */
export type ListFilters = Readonly<Record<string, readonly string[]>>;

interface ListOptions extends Pick<DockerCall, "signal" | "timeout"> {
  /** Whether to list stopped containers, too. @default true */
  readonly all?: boolean;
}

interface ListedVolume {
  readonly Name: string;
  readonly Labels: Labels | null;
  readonly CreatedAt?: string;
}

/** The containers that match all filters, the newest first. */
export function listContainers(
  engine: DockerHost,
  filters: ListFilters,
  { all = true, ...limits }: ListOptions = {},
): Promise<readonly Docker.ContainerInfo[]> {
  return askDocker(engine, `/containers/json?all=${Number(all)}&${filterQuery(filters)}`, limits);
}

export async function listVolumes(
  engine: DockerHost,
  filters: ListFilters,
  signal?: AbortSignal,
): Promise<readonly ListedVolume[]> {
  type Answer = { readonly Volumes: readonly ListedVolume[] | null };
  return (await askDocker<Answer>(engine, `/volumes?${filterQuery(filters)}`, { signal })).Volumes ?? [];
}

/** Filters as a parameter of a query. */
export function filterQuery(filters: ListFilters): string {
  return `filters=${encodeURIComponent(JSON.stringify(filters))}`;
}

export function containerName({ Names, Id }: Pick<Docker.ContainerInfo, "Names" | "Id">): string {
  return (Names[0] ?? Id).replace(/^\//, "");
}
