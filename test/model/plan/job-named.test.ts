import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { jobNamed } from "../../../src/model/plan/job-named.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";

const job = { image: "node:24", script: ["true"] };
const shop = plan(sandbox("shop", { services: {}, jobs: { unit: job, smoke: job } }));

test("a job is found by its key", () => {
  expect(jobNamed(shop, "unit").key).toBe("unit");
});

test("an unknown job is named beside those that there are", () => {
  expect(() => jobNamed(shop, "nope")).toThrow('no job "nope" in sandbox "shop"; it has unit, smoke');
});
