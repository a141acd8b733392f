import { describe, expect, test } from "@jest/globals";
import type { EngineFacts, ExistingContainer, ExistingNetwork } from "../../src/docker/facts.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { Plan } from "../../src/model/plan.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import { sandbox } from "../../src/model/sandbox.ts";
import { overlap, parseSubnet, type Subnet } from "../../src/model/subnets.ts";
import { settingsFrom } from "../../src/stacks/settings.ts";
import { ownerOf, planStack, type StackIdentity, type StackRequest } from "../../src/stacks/stack-plan.ts";
import { existingContainer, existingNetwork, factsOf, labelsOf } from "../docker/facts-of.ts";

const identity: StackIdentity = { project: "example", stack: "dev", backend: "file:///state" };
const owner = ownerOf(identity);

const snake = sandbox("snake", {
  networks: { front: {}, back: { internal: true } },
  services: {
    cache: { image: "redis:7-alpine", networks: ["front"] },
    migration: { image: "alpine:3.19", networks: ["back"], runsOnce: true },
  },
});

function plansOf(facts: Partial<EngineFacts>, others: Partial<StackRequest> = {}): readonly Plan[] {
  return planStack({
    identity,
    sandboxes: [snake],
    settings: settingsFrom({}, "Pulumi.dev.yaml"),
    machine: {},
    facts: factsOf(facts),
    now: new Date("2026-11-24T08:30:15.123Z"),
    ...others,
  });
}

function planOf(facts: Partial<EngineFacts>, others: Partial<StackRequest> = {}): Plan {
  const [plan] = plansOf(facts, others);
  if (!plan) throw new Error("no plan");
  return plan;
}

function subnetOf(plan: Plan, key: string): Subnet {
  const network = plan.networks.find((candidate) => candidate.key === key);
  if (!network) throw new Error(`no network ${key}`);
  return network.subnet;
}

function sharesAddresses(one: string, other: string): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  if (!first || !second) throw new Error(`not subnets: ${one}, ${other}`);
  return overlap(first, second);
}

describe("owner", () => {
  test("is readable, and another one for another project, stack or backend", () => {
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
});

describe("labels", () => {
  test("a sandbox that exists keeps the time to live and the moment with which it was first made", () => {
    const settings = settingsFrom({ timeToLive: "2h" }, "Pulumi.dev.yaml");
    const older = { [LABEL.created]: "2026-11-22T10:00:00Z", [LABEL.timeToLive]: "8h" };
    const networks = [
      existingNetwork("back", "10.99.0.16/28", labelsOf(owner, "network", "back")),
      existingNetwork("front", "10.99.0.32/28", labelsOf(owner, "network", "front", older)),
    ];
    const told = (plan: Plan) => plan.networks.map(({ labels }) => labels[LABEL.timeToLive]);
    expect(told(planOf({ networks }, { settings }))).toEqual(["8h", "8h"]);
    expect(planOf({ networks }, { settings }).networks[1]?.labels).toMatchObject(older);
    expect(told(planOf({}, { settings }))).toEqual(["2h", "2h"]);
    const unreadable = existingNetwork(
      "front",
      "10.99.0.32/28",
      labelsOf(owner, "network", "front", { [LABEL.timeToLive]: "soon" }),
    );
    expect(told(planOf({ networks: [unreadable] }, { settings }))).toEqual(["2h", "2h"]);
  });
});

describe("subnets", () => {
  test("an existing network of the stack keeps its subnet, wherever it lies", () => {
    const front = existingNetwork("front-1", "10.99.0.16/28", labelsOf(owner, "network", "front"));
    const plan = planOf({ networks: [front] });
    expect(subnetOf(plan, "front")).toBe("10.99.0.16/28");
    expect(subnetOf(plan, "back")).toMatch(/^10\.231\./);
  });

  test("what a route of the machine reaches is avoided, and what somebody has reserved", () => {
    const first = subnetOf(planOf({}), "front");
    const other = subnetOf(planOf({ routes: [first] }), "front");
    const third = subnetOf(
      planOf({ routes: [first] }, { reserved: [{ subnet: other, owner: "somebody" }] }),
      "front",
    );
    expect(new Set([first, other, third]).size).toBe(3);
  });

  test("a route over the whole pool is named, and one that a network has brought along is not named twice", () => {
    expect(() => planOf({ routes: ["10.0.0.0/8"] })).toThrow(
      "it overlaps 1 range that is taken: a route of this machine (10.0.0.0/8)",
    );
    const bridge = existingNetwork("theirs", "10.231.0.0/16");
    expect(() => planOf({ networks: [bridge], routes: ["10.231.0.0/16", "10.231.0.1/32"] })).toThrow(
      "it overlaps 1 range that is taken: network theirs (10.231.0.0/16). Set",
    );
  });

  test("a network that exists stays where it is, also when a route reaches it by now", () => {
    const front = existingNetwork("front-1", "10.231.0.16/28", labelsOf(owner, "network", "front"));
    expect(subnetOf(planOf({ networks: [front], routes: ["10.231.0.0/24"] }), "front")).toBe(
      "10.231.0.16/28",
    );
  });

  test("the network of another owner is none of the stack's, and is avoided", () => {
    const first = subnetOf(planOf({}), "front");
    const theirs = existingNetwork("x", first, labelsOf("other/dev/000000", "network", "front"));
    const plan = planOf({ networks: [theirs] });
    expect(subnetOf(plan, "front")).not.toBe(first);
  });

  test("networks without our labels are avoided too", () => {
    const plan = planOf({ networks: [existingNetwork("bridge", "10.231.0.0/17")] });
    for (const { subnet } of plan.networks) expect(sharesAddresses(subnet, "10.231.0.0/17")).toBe(false);
  });

  test("a new network avoids a kept one of the same stack", () => {
    const back = subnetOf(planOf({}), "back");
    const front = existingNetwork("front-1", back, labelsOf(owner, "network", "front"));
    const plan = planOf({ networks: [front] });
    expect(subnetOf(plan, "front")).toBe(back);
    expect(subnetOf(plan, "back")).not.toBe(back);
  });

  test("a pool without room is an error that names what is in it", () => {
    const settings = settingsFrom({ subnetPool: "10.77.0.0/28" }, "Pulumi.dev.yaml");
    const plan = () => plansOf({ networks: [existingNetwork("bridge", "10.77.0.0/24")] }, { settings });
    expect(plan).toThrow(ConfigurationError);
    expect(plan).toThrow(
      /10\.77\.0\.0\/28 has no room for 2 more networks; .*network bridge \(10\.77\.0\.0\/24\)/,
    );
  });
});

describe("creation time", () => {
  test("is now for a new sandbox, to the second", () => {
    const [network] = planOf({}).networks;
    expect(network?.labels[LABEL.created]).toBe("2026-11-24T08:30:15Z");
  });

  test("is kept for one that exists, the earliest if its networks differ", () => {
    const networks = [
      existingNetwork(
        "f",
        "10.231.0.0/28",
        labelsOf(owner, "network", "front", { [LABEL.created]: "2026-11-23T11:00:00Z" }),
      ),
      existingNetwork("b", "10.231.0.16/28", labelsOf(owner, "network", "back")),
    ];
    const plan = planOf({ networks });
    for (const { labels } of [...plan.networks, ...plan.services]) {
      expect(labels[LABEL.created]).toBe("2026-11-23T10:00:00Z");
    }
  });

  test("is not taken from another owner's sandbox of the same name", () => {
    const theirs = existingNetwork("f", "10.1.0.0/28", labelsOf("other/dev/000000", "network", "front"));
    expect(planOf({ networks: [theirs] }).networks[0]?.labels[LABEL.created]).toBe("2026-11-24T08:30:15Z");
  });
});

describe("attempts", () => {
  function attemptOf(
    part: "cache" | "migration",
    container: Partial<ExistingContainer>,
    attempt?: string,
    containerOwner = owner,
  ): string | undefined {
    const labels = labelsOf(
      containerOwner,
      "service",
      part,
      attempt === undefined ? {} : { [LABEL.attempt]: attempt },
    );
    const plan = planOf({ containers: [existingContainer(part, labels, container)] });
    return plan.services.find(({ key }) => key === part)?.labels[LABEL.attempt];
  }

  test.each([
    ["failed", { running: false, exitCode: 1 }],
    ["was stopped", { running: false, exitCode: 0 }],
    ["was killed", { running: false, exitCode: 137 }],
    ["was never started", { running: false }],
    ["is unhealthy", { running: true, health: "unhealthy" as const }],
    ["was never ready", { running: true, health: "starting" as const }],
  ])("count up when the container %s", (_, container) => {
    expect(attemptOf("cache", container)).toBe("1");
    expect(attemptOf("cache", container, "4")).toBe("5");
  });

  test.each([
    ["runs", { running: true }],
    ["is healthy", { running: true, health: "healthy" as const }],
  ])("stay while the container %s", (_, container) => {
    expect(attemptOf("cache", container)).toBeUndefined();
    expect(attemptOf("cache", container, "4")).toBe("4");
  });

  test("of what runs once count up when it exited non-zero, and stay once it completed", () => {
    expect(attemptOf("migration", { running: false, exitCode: 3 }, "1")).toBe("2");
    expect(attemptOf("migration", { running: false, exitCode: 0 }, "1")).toBe("1");
    expect(attemptOf("migration", { running: true }, "1")).toBe("1");
  });

  test("count up when somebody has taken the container off a network of its own, not when the network is gone", () => {
    const front = existingNetwork("front-1", "10.231.0.16/28", labelsOf(owner, "network", "front"));
    const left = existingNetwork("front-2", "10.231.0.32/28", labelsOf(owner, "network", "front"));
    const back = existingNetwork("back-1", "10.231.0.48/28", labelsOf(owner, "network", "back"));
    const attempt = (networks: readonly ExistingNetwork[], joined: readonly string[]) => {
      const container = existingContainer("c", labelsOf(owner, "service", "cache"), { networks: joined });
      return planOf({ networks, containers: [container] }).services.find(({ key }) => key === "cache")
        ?.labels[LABEL.attempt];
    };
    expect(attempt([front, back], ["front-1"])).toBeUndefined();
    expect(attempt([front, left], ["front-2"])).toBeUndefined();
    expect(attempt([front, back], ["bridge", "back-1"])).toBe("1");
    expect(attempt([back], [])).toBeUndefined();
  });

  test("of another owner's containers do not count", () => {
    expect(attemptOf("cache", { running: false, exitCode: 1 }, "4", "other/dev/000000")).toBeUndefined();
  });

  test("of a job's container do not count for the service of the same name", () => {
    const job = existingContainer("j", labelsOf(owner, "job", "cache"), { running: false, exitCode: 1 });
    expect(planOf({ containers: [job] }).services[0]?.labels[LABEL.attempt]).toBeUndefined();
  });
});

test("the plan of an unchanged stack on its own resources is the same plan", () => {
  const first = planOf({});
  const networks = first.networks.map(({ name, subnet, labels }) => existingNetwork(name, subnet, labels));
  const containers = first.services.map(({ name, labels, runsOnce }) =>
    existingContainer(name, labels, {
      networks: networks.map((network) => network.name),
      ...(runsOnce ? { running: false, exitCode: 0 } : { health: "healthy" }),
    }),
  );
  const second = planOf({ networks, containers }, { now: new Date("2027-01-01T00:00:00Z") });
  expect(second).toEqual(first);
});
