import { expect, test } from "@jest/globals";
import { ownerOf, type StackIdentity } from "../../src/stacks/stack-identity.ts";

const identity: StackIdentity = { project: "example", stack: "dev", backend: "file:///state" };
const owner = ownerOf(identity);

test("an owner is readable, and differs by project, stack and backend", () => {
  const others = [
    identity,
    { ...identity, project: "other" },
    { ...identity, stack: "feature" },
    { ...identity, backend: "file:///elsewhere" },
    { ...identity, backend: undefined },
  ];
  expect(owner).toMatch(/^example\/dev\/[0-9a-z]{6}$/);
  expect(new Set(others.map(ownerOf)).size).toBe(others.length);
});
