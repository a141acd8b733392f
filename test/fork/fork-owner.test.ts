import { expect, test } from "@jest/globals";
import { HOLDER, newForkName, ownerOfFork, textNumber } from "../../src/fork/fork-owner.ts";

test("the name of a fork says who it belongs to", () => {
  const owners = [
    { kind: "holder", holder: HOLDER },
    { kind: "until", until: 1_900_000_000 },
  ] as const;
  for (const owner of owners) expect(ownerOfFork("fork_", newForkName("fork_", owner))).toEqual(owner);
});

test("no two forks have one name, and each is an identifier that Postgres keeps whole", () => {
  const owner = { kind: "holder", holder: 2 ** 31 - 2 } as const;
  const names = [newForkName("nestbox_fork_", owner), newForkName("nestbox_fork_", owner)];
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
});

test.each(["fork_", "fork_x1_1", "shop", "other_p1_1"])("%s is the name of no fork", (name) => {
  expect(ownerOfFork("fork_", name)).toBeUndefined();
});

test("the number of a text fits the key of an advisory lock", () => {
  const numbers = ["a", "b", "nestbox_seed_declared_0"].map(textNumber);
  expect(new Set(numbers).size).toBe(3);
  for (const number of numbers)
    expect(Number.isInteger(number) && number >= 0 && number < 2 ** 31).toBe(true);
});
