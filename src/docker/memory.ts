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
    const { memory_stats: memory } = await askDocker<{ memory_stats?: MemoryStats }>(engine, path);
    if (memory?.usage === undefined) return undefined;
    // The page cache that the kernel can drop does not count, as in `docker stats`.
    const { total_inactive_file: first, inactive_file: second } = memory.stats ?? {};
    return Math.max(0, memory.usage - (first ?? second ?? 0));
  } catch (error) {
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}

/** `total_inactive_file` is of cgroup v1, `inactive_file` of v2. */
interface MemoryStats {
  readonly usage?: number;
  readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
}
