import { describe, expect, test } from "@jest/globals";
import { describeSandboxes } from "../../../src/cli/tables/sandbox-list.ts";
import { listedSandboxes } from "../../../src/docker/place/list.ts";
import { LABEL } from "../../../src/model/labels.ts";
import {
  existingContainer,
  existingNetwork,
  factsOf,
  labelsOf,
  publishedPort,
} from "../../docker/facts-of.ts";

const OURS = "example/dev/abc123";

test("two components of one sandbox are listed apart, each with its services", () => {
  const eu = { [LABEL.component]: "eu" };
  const us = { [LABEL.component]: "us" };
  const facts = factsOf({
    networks: [existingNetwork("n1", "10.99.0.16/28", labelsOf(OURS, "network", "default", eu))],
    containers: [
      existingContainer("c1", labelsOf(OURS, "service", "cache", eu)),
      existingContainer("c2", labelsOf(OURS, "service", "cache", us)),
    ],
  });
  const listed = listedSandboxes(facts);
  expect(listed.map(({ component, services }) => [component, services.map((one) => one.container)])).toEqual([
    ["eu", ["c1"]],
    ["us", ["c2"]],
  ]);
  expect(describeSandboxes(listed).match(/^snake {2}\w+, example\/dev/gm)).toEqual([
    "snake  eu, example/dev",
    "snake  us, example/dev",
  ]);
});

describe("the description", () => {
  test("has a heading for each sandbox and an aligned line for each service", () => {
    const created = new Date(Date.now() - 3 * 3_600_000).toISOString();
    const labels = (part: string) => labelsOf(OURS, "service", part, { [LABEL.created]: created });
    const text = describeSandboxes(
      listedSandboxes(
        factsOf({
          containers: [
            existingContainer("c1", labels("cache"), { publishedPorts: [publishedPort(6379, 6400)] }),
            existingContainer("c2", labels("a-database"), { health: "starting" }),
          ],
        }),
      ),
    );
    expect(text).toBe(
      "snake  example/dev, 3 h old\n" +
        "  a-database  starting  not published          c2\n" +
        "  cache       ready     6379 → 127.0.0.1:6400  c1\n",
    );
  });

  test.each([
    ["2026-01-01T08:00:00.000Z", true, "ends in 8 h, the next command then removes it"],
    ["2026-01-01T08:00:00.000Z", false, "ends in 8 h"],
    ["never", true, "never ends"],
  ])("of a sandbox that ends %s, kept %s", (ends, kept, words) => {
    const now = Date.parse("2026-01-01T00:00:00.000Z");
    const containers = [existingContainer("c1", labelsOf(OURS, "service", "cache"))];
    const listed = listedSandboxes(factsOf({ containers })).map((one) => ({ ...one, ends, kept }));
    expect(describeSandboxes(listed, now)).toMatch(new RegExp(`^snake .*, ${words}\n`));
  });

  test("of no sandboxes is empty", () => {
    expect(describeSandboxes([])).toBe("");
  });

  test.each([
    ["seconds", 90_000, /, 9\d s old/],
    ["minutes", 1_890_000, /, 31 min old/],
    ["days", 262_800_000, /, 3 days old/],
  ])("shows an age of %s", (_, age, words) => {
    const created = new Date(Date.now() - age).toISOString();
    const labels = labelsOf(OURS, "network", "default", { [LABEL.created]: created });
    const facts = factsOf({ networks: [existingNetwork("n", "10.231.0.0/28", labels)] });
    expect(describeSandboxes(listedSandboxes(facts))).toMatch(words);
  });

  test("reports an unreadable label as an unknown age", () => {
    const labels = labelsOf(OURS, "network", "default", { [LABEL.created]: "yesterday" });
    const facts = factsOf({ networks: [existingNetwork("n", "10.231.0.0/28", labels)] });
    expect(describeSandboxes(listedSandboxes(facts))).toContain("age unknown");
  });
});
