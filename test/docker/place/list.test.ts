import { describe, expect, test } from "@jest/globals";
import type { ExistingContainer } from "../../../src/docker/facts.ts";
import { listedSandboxes } from "../../../src/docker/place/list.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { existingContainer, existingNetwork, factsOf, labelsOf, publishedPort } from "../facts-of.ts";

const OURS = "example/dev/abc123";
const THEIRS = "example/dev/xyz789";

describe("the sandboxes on an engine", () => {
  test("are read from labels alone, by owner", () => {
    const sandboxes = listedSandboxes(
      factsOf({
        networks: [
          existingNetwork("n1", "10.231.0.0/28", labelsOf(OURS, "network", "default")),
          existingNetwork("n2", "10.231.0.16/28", labelsOf(THEIRS, "network", "default")),
          existingNetwork("bridge", "172.17.0.0/16"),
        ],
        containers: [
          existingContainer("c1", labelsOf(OURS, "service", "cache"), {
            health: "healthy",
            publishedPorts: [publishedPort(6379, 32768)],
          }),
          existingContainer("somebody", {}, { publishedPorts: [publishedPort(80, 80)] }),
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
    expect(listedSandboxes(facts)).toEqual([expect.objectContaining({ sandbox: "snake", services: [] })]);
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
    expect(listedSandboxes(facts)[0]?.services[0]?.state).toBe(state);
  });

  test.each<[string, Partial<ExistingContainer>]>([
    ["running", {}],
    ["completed", { running: false, exitCode: 0 }],
    ["failed", { running: false, exitCode: 3 }],
    ["failed", { running: false }],
  ])("the state of a service that runs once is %s for %j", (state, container) => {
    const labels = labelsOf(OURS, "service", "migration", { [LABEL.runsOnce]: "true" });
    const facts = factsOf({ containers: [existingContainer("c", labels, container)] });
    expect(listedSandboxes(facts)[0]?.services[0]?.state).toBe(state);
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
  const listed = listedSandboxes(facts);
  expect(listed.map(({ component, services }) => [component, services.map((one) => one.container)])).toEqual([
    ["eu", ["c1"]],
    ["us", ["c2"]],
  ]);
});

test("the memory of a container is listed if it was read", () => {
  const facts = factsOf({ containers: [existingContainer("c", labelsOf(OURS, "service", "cache"))] });
  expect(listedSandboxes(facts, new Map([["id-of-c", 1024]]))[0]?.services[0]).toMatchObject({
    memoryBytes: 1024,
  });
  expect(listedSandboxes(facts)[0]?.services[0]).not.toHaveProperty("memoryBytes");
});
