/**
 * What a service waits for before it starts: another service that is ready, or one that has completed with
 * exit code 0.
 */
export type Condition = "ready" | "completed";

/** Which services each service waits for, by key. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

/**
 * The keys so that each comes after all that it waits for; keys that wait for nothing keep their order. A
 * cycle's members are left out.
 */
export function startOrder(dependencies: Dependencies): readonly string[] {
  const order: string[] = [];
  const placed = new Set<string>();
  let waiting = Object.keys(dependencies);
  while (waiting.length > 0) {
    const next = waiting.filter((key) => (dependencies[key] ?? []).every((needed) => placed.has(needed)));
    if (next.length === 0) return order;
    for (const key of next) placed.add(key);
    order.push(...next);
    waiting = waiting.filter((key) => !placed.has(key));
  }
  return order;
}

/** One cycle as the list of its members, the first repeated at the end, or undefined when there is none. */
export function findCycle(dependencies: Dependencies): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (key: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(key)) return [...trail.slice(trail.indexOf(key)), key];
    if (finished.has(key)) return undefined;
    const needs = Object.hasOwn(dependencies, key) ? dependencies[key] : undefined;
    for (const needed of needs ?? []) {
      const cycle = visit(needed, [...trail, key]);
      if (cycle) return cycle;
    }
    finished.add(key);
    return undefined;
  };
  for (const key of Object.keys(dependencies)) {
    const cycle = visit(key, []);
    if (cycle) return cycle;
  }
  return undefined;
}
