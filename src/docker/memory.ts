import { callDocker, DockerRefused, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * How many questions are under way at once: each is a connection and work for the engine, and there may be
 * hundreds of containers.
 */
const AT_ONCE = 8;

/**
 * What containers use of the machine's memory right now, in bytes, by id. One that has gone meanwhile is left
 * out.
 */
export async function readMemory(
  engine: DockerHost,
  containers: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  const left = containers.values();
  const ask = async () => {
    for (const id of left) {
      const bytes = await memoryOf(engine, id);
      if (bytes !== undefined) used.set(id, bytes);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return used;
}

async function memoryOf(engine: DockerHost, id: string): Promise<number | undefined> {
  try {
    const path = `/containers/${id}/stats?stream=false&one-shot=true`;
    const answer = await readText(await callDocker(engine, { method: "GET", path }));
    const { memory_stats: memory } = JSON.parse(answer) as { memory_stats?: MemoryStats };
    if (memory?.usage === undefined) return undefined;
    // Files that the kernel could drop any time do not count, as in `docker stats`.
    const { total_inactive_file: first, inactive_file: second } = memory.stats ?? {};
    return Math.max(0, memory.usage - (first ?? second ?? 0));
  } catch (error) {
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}

/** The first of the two is in cgroup v1, the second in v2. */
interface MemoryStats {
  readonly usage?: number;
  readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
}
