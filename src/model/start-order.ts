/** The state of another service that a service waits for. `completed`: it exited with 0. */
export type Condition = "ready" | "completed";

/** The keys of the services that each service waits for. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

/** The keys in dependency order. Independent keys keep their order, members of a cycle are absent. */
export function startOrder(dependencies: Dependencies): readonly string[] {
  const order = new Set<string>();
  for (;;) {
    const isPlaced = (key: string) => order.has(key) || !Object.hasOwn(dependencies, key);
    const next = Object.keys(dependencies).filter(
      (key) => !order.has(key) && dependencies[key]?.every(isPlaced),
    );
    if (next.length === 0) return [...order];
    for (const key of next) order.add(key);
  }
}

/** The members of one cycle, the first repeated at the end, or undefined without a cycle. */
export function findCycle(dependencies: Dependencies): readonly string[] | undefined {
  const order = new Set(startOrder(dependencies));
  // A key that is not in the order depends on another such key, so the walk ends in a cycle.
  const isStuck = (key: string) => Object.hasOwn(dependencies, key) && !order.has(key);
  const trail: string[] = [];
  let key = Object.keys(dependencies).find(isStuck);
  while (key !== undefined && !trail.includes(key)) {
    trail.push(key);
    key = dependencies[key]?.find(isStuck);
  }
  return key === undefined ? undefined : [...trail.slice(trail.indexOf(key)), key];
}
