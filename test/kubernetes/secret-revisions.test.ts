import { expect, test } from "@jest/globals";
import { newRevisionKey, secretRevisions } from "../../src/kubernetes/secret-revisions.ts";

test("a revision changes with the value, the name and the key", () => {
  const revisions = [
    secretRevisions({ a: "1" }, "key").a,
    secretRevisions({ a: "2" }, "key").a,
    secretRevisions({ b: "1" }, "key").b,
    secretRevisions({ a: "1" }, newRevisionKey()).a,
  ];
  expect(new Set(revisions).size).toBe(4);
  expect(secretRevisions({ a: "1", b: "1" }, "key").a).toBe(revisions[0]);
});

test("keys are new each time", () => {
  expect(newRevisionKey()).not.toBe(newRevisionKey());
});
