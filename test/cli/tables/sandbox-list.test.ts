import { describe, expect, test } from "@jest/globals";
import { describeSandboxes, sandboxesOn } from "../../../src/cli/tables/sandbox-list.ts";
import type { ExistingContainer } from "../../../src/docker/facts.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { existingContainer, existingNetwork, factsOf, labelsOf } from "../../docker/facts-of.ts";

const OURS = "example/dev/abc123";
const THEIRS = "example/dev/xyz789";

describe("sandboxes on an engine", () => {
  test("are read from labels alone, by owner", () => {
    const sandboxes = sandboxesOn(
      factsOf({
        networks: [
          existingNetwork("n1", "10.231.0.0/28", labelsOf(OURS, "network", "default")),
          existingNetwork("n2", "10.231.0.16/28", labelsOf(THEIRS, "network", "default")),
          existingNetwork("bridge", "172.17.0.0/16"),
        ],
        containers: [
          existingContainer("c1", labelsOf(OURS, "service", "cache"), {
            health: "healthy",
            publishedPorts: [{ container: 6379, host: 32768 }],
          }),
          existingContainer("somebody", {}, { publishedPorts: [{ container: 80, host: 80 }] }),
        ],
      }),
    );
    expect(sandboxes).toEqual([
      {
        owner: OURS,
        project: "example",
        stack: "dev",
        sandbox: "snake",
        component: "snake",
        created: "2026-11-23T10:00:00Z",
        timeToLive: "never",
        networks: [{ name: "n1", subnets: ["10.231.0.0/28"] }],
        services: [
          { service: "cache", container: "c1", state: "ready", published: { 6379: "127.0.0.1:32768" } },
        ],
      },
      expect.objectContaining({
        owner: THEIRS,
        networks: [{ name: "n2", subnets: ["10.231.0.16/28"] }],
        services: [],
      }),
    ]);
  });

  test("do not list a job's container as a service", () => {
    const facts = factsOf({ containers: [existingContainer("j", labelsOf(OURS, "job", "tests"))] });
    expect(sandboxesOn(facts)).toEqual([expect.objectContaining({ sandbox: "snake", services: [] })]);
  });

  test.each<[string, Partial<ExistingContainer>]>([
    ["ready", {}],
    ["ready", { health: "healthy" }],
    ["starting", { health: "starting" }],
    ["unhealthy", { health: "unhealthy" }],
    ["stopped", { running: false, exitCode: 137 }],
    ["stopped", { running: false }],
    ["stopped", { running: false, exitCode: 0 }],
  ])("the state is %s for %j", (state, container) => {
    const facts = factsOf({
      containers: [existingContainer("c", labelsOf(OURS, "service", "cache"), container)],
    });
    expect(sandboxesOn(facts)[0]?.services[0]?.state).toBe(state);
  });

  test.each<[string, Partial<ExistingContainer>]>([
    ["running", {}],
    ["completed", { running: false, exitCode: 0 }],
    ["failed", { running: false, exitCode: 3 }],
    ["failed", { running: false }],
  ])("the state of a service that runs once is %s for %j", (state, container) => {
    const labels = labelsOf(OURS, "service", "migration", { [LABEL.runsOnce]: "true" });
    const facts = factsOf({ containers: [existingContainer("c", labels, container)] });
    expect(sandboxesOn(facts)[0]?.services[0]?.state).toBe(state);
  });
});

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
  const listed = sandboxesOn(facts);
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
      sandboxesOn(
        factsOf({
          containers: [
            existingContainer("c1", labels("cache"), { publishedPorts: [{ container: 6379, host: 6400 }] }),
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
    expect(describeSandboxes(sandboxesOn(facts))).toMatch(words);
  });

  test("reports an unreadable label as an unknown age", () => {
    const labels = labelsOf(OURS, "network", "default", { [LABEL.created]: "yesterday" });
    const facts = factsOf({ networks: [existingNetwork("n", "10.231.0.0/28", labels)] });
    expect(describeSandboxes(sandboxesOn(facts))).toContain("age unknown");
  });
});
