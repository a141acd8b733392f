import { expect, test } from "@jest/globals";
import { hasMissingParts } from "../../../src/cli/stack/missing-parts.ts";
import type { EngineFacts } from "../../../src/docker/facts.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { existingContainer, existingNetwork, factsOf, labelsOf } from "../../docker/facts-of.ts";

const OWNER = "example/dev/abc123";
const plan = planOf(sandbox("snake", { services: { cache: { image: "redis:7-alpine" } } }));

const network = existingNetwork("n", "10.231.0.0/28", labelsOf(OWNER, "network", "default"));
const cache = existingContainer("c", labelsOf(OWNER, "service", "cache"), { running: false, exitCode: 1 });

test.each<[string, boolean, Partial<EngineFacts>]>([
  ["everything is there, whatever its state", false, { networks: [network], containers: [cache] }],
  ["there is nothing", true, {}],
  ["a service is missing", true, { networks: [network] }],
  ["a network is missing", true, { containers: [cache] }],
  [
    "a service is another owner's",
    true,
    { networks: [network], containers: [{ ...cache, labels: labelsOf("other", "service", "cache") }] },
  ],
  [
    "only a job has the service's name",
    true,
    { networks: [network], containers: [{ ...cache, labels: labelsOf(OWNER, "job", "cache") }] },
  ],
])("%s: %s", (_, misses, facts) => {
  expect(hasMissingParts([plan], factsOf(facts), OWNER)).toBe(misses);
});

test("without sandboxes no part is missing", () => {
  expect(hasMissingParts([], factsOf({}), OWNER)).toBe(false);
});
