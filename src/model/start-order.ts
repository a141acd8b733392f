/** The state of another service that a service waits for. `completed`: it exited with 0. */
export type Condition = "ready" | "completed";

/** The keys of the services that each service waits for. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

/** The keys in dependency order. Independent keys keep their order, members of a cycle are absent. */
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

/** The members of one cycle, the first repeated at the end, or undefined without a cycle. */
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
