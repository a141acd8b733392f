import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Dependencies, findCycle, startOrder } from "../../src/model/start-order.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

/** Any dependencies between services, including cycles. */
const anyDependencies = fc.record(
  Object.fromEntries(KEYS.map((key) => [key, fc.subarray(KEYS, { maxLength: 2 })])),
);

/** Dependencies without cycles: services wait only for earlier ones of some order. */
const orderedDependencies = fc
  .shuffledSubarray(KEYS, { minLength: KEYS.length })
  .chain((order) =>
    fc.record(Object.fromEntries(order.map((key, index) => [key, fc.subarray(order.slice(0, index))]))),
  );

test("each service comes once, after its dependencies", () => {
  fc.assert(
    fc.property(orderedDependencies, (dependencies: Dependencies) => {
      const order = startOrder(dependencies);
      expect([...order].sort()).toEqual(Object.keys(dependencies).sort());
      for (const [key, needed] of Object.entries(dependencies)) {
        for (const other of needed) expect(order.indexOf(other)).toBeLessThan(order.indexOf(key));
      }
      expect(findCycle(dependencies)).toBeUndefined();
    }),
  );
});

test("a cycle is found exactly when no start order exists, and each member waits for the next", () => {
  fc.assert(
    fc.property(anyDependencies, (dependencies: Dependencies) => {
      const cycle = findCycle(dependencies);
      expect(cycle === undefined).toBe(startOrder(dependencies).length === KEYS.length);
      if (!cycle) return;
      expect(cycle[0]).toBe(cycle.at(-1));
      expect(new Set(cycle).size).toBe(cycle.length - 1);
      for (const [index, key] of cycle.slice(0, -1).entries()) {
        expect(dependencies[key]).toContain(cycle[index + 1]);
      }
    }),
  );
});

test("independent services keep their declared order", () => {
  expect(startOrder({ web: ["db"], cache: [], db: [] })).toEqual(["cache", "db", "web"]);
});

test("a service that waits for itself is a cycle", () => {
  expect(findCycle({ a: ["a"] })).toEqual(["a", "a"]);
});
