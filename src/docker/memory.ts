import type Docker from "dockerode";
import { askDocker, DockerRefused } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** The number of concurrent requests: each costs a connection, and there may be hundreds of containers. */
const CONCURRENCY = 8;

/** The memory usage of containers in bytes, by id. Containers that were removed meanwhile are absent. */
export async function readMemory(
  engine: DockerHost,
  containers: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  const left = containers.values();
  const readNext = async () => {
    for (const id of left) {
      const bytes = await memoryOf(engine, id);
      if (bytes !== undefined) used.set(id, bytes);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, readNext));
  return used;
}

async function memoryOf(engine: DockerHost, id: string): Promise<number | undefined> {
  try {
    const path = `/containers/${id}/stats?stream=false&one-shot=true`;
    const { memory_stats: memory } = await askDocker<Partial<Docker.ContainerStats>>(engine, path);
    if (memory?.usage === undefined) return undefined;
    // The page cache that the kernel can drop does not count, as in `docker stats`: in cgroups v1, then v2.
    const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
    return Math.max(0, memory.usage - cache);
  } catch (error) {
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}
