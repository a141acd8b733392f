import { describe, expect, test } from "@jest/globals";
import type { EngineFacts, ExistingContainer, ExistingNetwork } from "../../../src/docker/facts.ts";
import { lowerToDocker } from "../../../src/docker/lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../../../src/docker/lowering/placement.ts";
import {
  componentsOf,
  type PlacingRequest,
  placeComponents,
} from "../../../src/docker/place/place-components.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { PRIVILEGED_IMAGES } from "../../../src/model/plan/privilege.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { DEFAULT_POOL, overlap, parseSubnet, type Subnet } from "../../../src/model/subnets.ts";
import type { Ownership } from "../../../src/ownership/ownership.ts";
import { existingContainer, existingNetwork, factsOf, labelsOf } from "../facts-of.ts";

const owner = "example/dev/abc123";

const ownership: Ownership = {
  ...{ owner, project: "example", stack: "dev" },
  created: "2026-11-24T08:30:15Z",
  timeToLive: "never",
};

const snake = sandbox("snake", {
  networks: { front: {}, back: { internal: true } },
  services: {
    cache: { image: "redis:7-alpine", networks: ["front"] },
    migration: { image: "alpine:3.19", networks: ["back"], runsOnce: true },
  },
});

function placementsOf(
  facts: Partial<EngineFacts>,
  others: Partial<PlacingRequest> = {},
): readonly DockerPlacement[] {
  return placeComponents({
    ownership,
    components: componentsOf([plan(snake)]),
    subnetPool: DEFAULT_POOL,
    privilegedImages: PRIVILEGED_IMAGES,
    network: {},
    facts: factsOf(facts),
    ...others,
  });
}

function placementOf(facts: Partial<EngineFacts>, others: Partial<PlacingRequest> = {}): DockerPlacement {
  const [placement] = placementsOf(facts, others);
  if (!placement) throw new Error("no placement");
  return placement;
}

function subnetOf({ subnets }: DockerPlacement, key: string): Subnet {
  const subnet = subnets[key];
  if (!subnet) throw new Error(`no network ${key}`);
  return subnet;
}

function sharesAddresses(one: string, other: string): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  if (!first || !second) throw new Error(`not subnets: ${one}, ${other}`);
  return overlap(first, second);
}

test("a placement on Podman says so", () => {
  expect(placementOf({ isPodman: true }).isPodman).toBe(true);
  expect(placementOf({})).not.toHaveProperty("isPodman");
});

describe("labels", () => {
  test("an existing sandbox keeps its first time to live and creation time", () => {
    const changed = { ownership: { ...ownership, timeToLive: "2h" as const } };
    const older = { [LABEL.created]: "2026-11-22T10:00:00Z", [LABEL.timeToLive]: "8h" };
    const networks = [
      existingNetwork("back", "10.99.0.16/28", labelsOf(owner, "network", "back")),
      existingNetwork("front", "10.99.0.32/28", labelsOf(owner, "network", "front", older)),
    ];
    const { created, timeToLive } = placementOf({ networks }, changed);
    expect({ [LABEL.created]: created, [LABEL.timeToLive]: timeToLive }).toEqual(older);
    expect(placementOf({}, changed).timeToLive).toBe("2h");
    const unreadable = existingNetwork(
      "front",
      "10.99.0.32/28",
      labelsOf(owner, "network", "front", { [LABEL.timeToLive]: "soon" }),
    );
    expect(placementOf({ networks: [unreadable] }, changed).timeToLive).toBe("2h");
  });
});

describe("subnets", () => {
  test("an existing network keeps its subnet, even outside the pool", () => {
    const front = existingNetwork("front-1", "10.99.0.16/28", labelsOf(owner, "network", "front"));
    const placement = placementOf({ networks: [front] });
    expect(subnetOf(placement, "front")).toBe("10.99.0.16/28");
    expect(subnetOf(placement, "back")).toMatch(/^10\.231\./);
  });

  test("an existing network without room for its containers gets another subnet", () => {
    const services = Object.fromEntries(
      Array.from({ length: 14 }, (_, index) => [`s${index}`, { image: "alpine:3.19" }]),
    );
    const components = componentsOf([plan(sandbox("snake", { services }))]);
    const existing = (subnet: Subnet) => ({
      networks: [existingNetwork("default-1", subnet, labelsOf(owner, "network", "default"))],
    });
    expect(placementOf(existing("10.99.0.0/28"), { components }).subnets.default).toMatch(
      /^10\.231\..*\/27$/,
    );
    expect(placementOf(existing("10.99.0.0/27"), { components }).subnets.default).toBe("10.99.0.0/27");
  });

  test("two components of one sandbox have subnets of their own, each from its pool", () => {
    const planned = plan(snake);
    const components = [
      { component: "eu", plan: planned },
      { component: "us", plan: planned },
      { component: "test", plan: planned, subnetPool: "10.99.0.0/24" as const },
    ];
    const networks = [
      existingNetwork("f", "10.98.0.0/28", labelsOf(owner, "network", "front", { [LABEL.component]: "us" })),
    ];
    const [eu, us, ofTest] = placementsOf({ networks }, { components });
    const all = [eu, us, ofTest].flatMap((placement) => Object.values(placement?.subnets ?? {}));
    expect(new Set(all).size).toBe(6);
    expect(us?.subnets.front).toBe("10.98.0.0/28");
    expect(eu?.subnets.front).toMatch(/^10\.231\./);
    expect(ofTest?.subnets.front).toMatch(/^10\.99\.0\./);
  });

  test("components of one pool of their own share it without overlap", () => {
    const planned = plan(snake);
    const pools = ["10.99.0.0/26", "10.99.0.0/25"] as const;
    const components = pools.map((subnetPool, index) => ({
      component: `c${index}`,
      plan: planned,
      subnetPool,
    }));
    const all = placementsOf({}, { components }).flatMap(({ subnets }) => Object.values(subnets));
    const overlaps = all.filter((one, index) =>
      all.slice(index + 1).some((other) => sharesAddresses(one, other)),
    );
    expect([all.length, overlaps]).toEqual([4, []]);
  });

  test("the machine's routes and reserved subnets are avoided", () => {
    const first = subnetOf(placementOf({}), "front");
    const other = subnetOf(placementOf({ routes: [first] }), "front");
    const third = subnetOf(
      placementOf({ routes: [first] }, { reserved: [{ subnet: other, owner: "somebody" }] }),
      "front",
    );
    expect(new Set([first, other, third]).size).toBe(3);
  });

  test("the error names a route over the whole pool, and the route of a network once", () => {
    expect(() => placementOf({ routes: ["10.0.0.0/8"] })).toThrow(
      "since it overlaps 1 range in use: a route of this machine (10.0.0.0/8)",
    );
    const bridge = existingNetwork("theirs", "10.231.0.0/16");
    expect(() => placementOf({ networks: [bridge], routes: ["10.231.0.0/16", "10.231.0.1/32"] })).toThrow(
      "since it overlaps 1 range in use: network theirs (10.231.0.0/16); set",
    );
  });

  test("an existing network keeps its subnet, even if a route overlaps it", () => {
    const front = existingNetwork("front-1", "10.231.0.16/28", labelsOf(owner, "network", "front"));
    expect(subnetOf(placementOf({ networks: [front], routes: ["10.231.0.0/24"] }), "front")).toBe(
      "10.231.0.16/28",
    );
  });

  test("the subnet of another owner's network is not kept, but avoided", () => {
    const first = subnetOf(placementOf({}), "front");
    const theirs = existingNetwork("x", first, labelsOf("other/dev/000000", "network", "front"));
    const placement = placementOf({ networks: [theirs] });
    expect(subnetOf(placement, "front")).not.toBe(first);
  });

  test("networks without labels are avoided too", () => {
    const placement = placementOf({ networks: [existingNetwork("bridge", "10.231.0.0/17")] });
    for (const subnet of Object.values(placement.subnets))
      expect(sharesAddresses(subnet, "10.231.0.0/17")).toBe(false);
  });

  test("a new network avoids an existing one of the same owner", () => {
    const back = subnetOf(placementOf({}), "back");
    const front = existingNetwork("front-1", back, labelsOf(owner, "network", "front"));
    const placement = placementOf({ networks: [front] });
    expect(subnetOf(placement, "front")).toBe(back);
    expect(subnetOf(placement, "back")).not.toBe(back);
  });

  test("a pool without room is an error that names its networks", () => {
    const networks = [existingNetwork("bridge", "10.77.0.0/24")];
    const place = () => placementsOf({ networks }, { subnetPool: "10.77.0.0/28" });
    expect(place).toThrow(ConfigurationError);
    expect(place).toThrow(
      /10\.77\.0\.0\/28 has no room for 2 more networks, .*network bridge \(10\.77\.0\.0\/24\)/,
    );
  });
});

describe("creation time", () => {
  test("is the given one for a new sandbox", () => {
    expect(placementOf({}).created).toBe("2026-11-24T08:30:15Z");
  });

  test("is kept for an existing sandbox: the earliest one of its networks", () => {
    const networks = [
      existingNetwork(
        "f",
        "10.231.0.0/28",
        labelsOf(owner, "network", "front", { [LABEL.created]: "2026-11-23T11:00:00Z" }),
      ),
      existingNetwork("b", "10.231.0.16/28", labelsOf(owner, "network", "back")),
    ];
    expect(placementOf({ networks }).created).toBe("2026-11-23T10:00:00Z");
  });

  test("is not taken from another owner's sandbox of the same name", () => {
    const theirs = existingNetwork("f", "10.1.0.0/28", labelsOf("other/dev/000000", "network", "front"));
    expect(placementOf({ networks: [theirs] }).created).toBe("2026-11-24T08:30:15Z");
  });
});

describe("attempts", () => {
  function attemptOf(
    part: "cache" | "migration",
    container: Partial<ExistingContainer>,
    attempt?: string,
    containerOwner = owner,
  ): number | undefined {
    const labels = labelsOf(
      containerOwner,
      "service",
      part,
      attempt === undefined ? {} : { [LABEL.attempt]: attempt },
    );
    return placementOf({ containers: [existingContainer(part, labels, container)] }).attempts?.[part];
  }

  test.each([
    ["failed", { running: false, exitCode: 1 }],
    ["was stopped", { running: false, exitCode: 0 }],
    ["was killed", { running: false, exitCode: 137 }],
    ["was never started", { running: false }],
    ["is unhealthy", { running: true, health: "unhealthy" as const }],
    ["was never ready", { running: true, health: "starting" as const }],
  ])("count up when the container %s", (_, container) => {
    expect(attemptOf("cache", container)).toBe(1);
    expect(attemptOf("cache", container, "4")).toBe(5);
  });

  test.each([
    ["runs", { running: true }],
    ["is healthy", { running: true, health: "healthy" as const }],
  ])("stay while the container %s", (_, container) => {
    expect(attemptOf("cache", container)).toBe(0);
    expect(attemptOf("cache", container, "4")).toBe(4);
  });

  test("of another component of the sandbox count for that one alone", () => {
    const labels = labelsOf(owner, "service", "cache", { [LABEL.component]: "us" });
    const containers = [existingContainer("cache", labels, { running: false })];
    const components = ["eu", "us"].map((component) => ({ component, plan: plan(snake) }));
    const placements = placementsOf({ containers }, { components });
    expect(placements.map(({ attempts }) => attempts?.cache)).toEqual([undefined, 1]);
  });

  test("of a service that runs once increase after a failure, and stay after success", () => {
    expect(attemptOf("migration", { running: false, exitCode: 3 }, "1")).toBe(2);
    expect(attemptOf("migration", { running: false, exitCode: 0 }, "1")).toBe(1);
    expect(attemptOf("migration", { running: true }, "1")).toBe(1);
  });

  test("increase if the container was disconnected from a network, not if the network is gone", () => {
    const front = existingNetwork("front-1", "10.231.0.16/28", labelsOf(owner, "network", "front"));
    const left = existingNetwork("front-2", "10.231.0.32/28", labelsOf(owner, "network", "front"));
    const back = existingNetwork("back-1", "10.231.0.48/28", labelsOf(owner, "network", "back"));
    const attempt = (networks: readonly ExistingNetwork[], joined: readonly string[]) => {
      const container = existingContainer("c", labelsOf(owner, "service", "cache"), { networks: joined });
      return placementOf({ networks, containers: [container] }).attempts?.cache;
    };
    expect(attempt([front, back], ["front-1"])).toBe(0);
    expect(attempt([front, left], ["front-2"])).toBe(0);
    expect(attempt([front, back], ["bridge", "back-1"])).toBe(1);
    expect(attempt([back], [])).toBe(0);
  });

  test("of another owner's containers do not count", () => {
    expect(attemptOf("cache", { running: false, exitCode: 1 }, "4", "other/dev/000000")).toBeUndefined();
  });

  test("of a job's container do not count for the service of the same name", () => {
    const job = existingContainer("j", labelsOf(owner, "job", "cache"), { running: false, exitCode: 1 });
    expect(placementOf({ containers: [job] }).attempts).toEqual({});
  });
});

test("an unchanged sandbox has the same placement again", () => {
  const planned = plan(snake);
  const first = placementOf({});
  const objects = lowerToDocker(planned, first);
  const networks = objects.networks.map(({ body }) =>
    existingNetwork(body.Name, body.IPAM.Config[0].Subnet as Subnet, body.Labels),
  );
  const containers = objects.services.map(({ name, body, readiness }) =>
    existingContainer(name, body.Labels, {
      networks: networks.map((network) => network.name),
      ...(readiness.kind === "completed" ? { running: false, exitCode: 0 } : { health: "healthy" }),
    }),
  );
  const second = placementOf(
    { networks, containers },
    { ownership: { ...ownership, created: "2027-01-01T00:00:00Z" } },
  );
  expect(lowerToDocker(planned, second)).toEqual(objects);
});
