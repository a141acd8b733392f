import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lowerToDocker } from "../../../src/docker/lowering/lower-sandbox.ts";
import type { ExistingComponent } from "../../../src/docker/place/existing-component.ts";
import { type Comparison, type KeepSteps, keepSteps } from "../../../src/docker/place/keep-steps.ts";
import type { SandboxDefinition } from "../../../src/model/declaration/sandbox.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { WrittenService } from "../../../src/model/declaration/service.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import type { Changes } from "../../../src/sandbox/place.ts";
import { labelsOf } from "../facts-of.ts";
import { placementOf } from "../lowering/placed.ts";

const NOTHING: Changes = { created: [], replaced: [], removed: [], left: [] };

const IMAGE = "alpine:3.19";

const SHOP = {
  networks: { front: {}, back: { internal: true } },
  volumes: ["data"],
  services: {
    database: { image: IMAGE, networks: ["back"], volumes: { "/data": "data" } },
    migration: { image: IMAGE, networks: ["back"], after: { database: "ready" }, runsOnce: true },
    web: { image: IMAGE, networks: ["front", "back"], after: { migration: "completed" } },
    mail: { image: IMAGE, networks: ["front"] },
  },
} as const;

type Definition = SandboxDefinition<unknown>;

function planned(definition: object): Plan {
  return planOf(sandbox("shop", definition as Definition & { services: Record<string, WrittenService> }));
}

/** What an engine has of a sandbox that is up. */
function upOf(plan: Plan, others: Parameters<typeof placementOf>[1] = {}): ExistingComponent {
  const objects = lowerToDocker(plan, placementOf(plan, others));
  return {
    networks: objects.networks.map(({ body }) => ({
      ...{ name: body.Name, labels: body.Labels, internal: body.Internal },
      options: { ...body.Options, "com.example.added-by-the-engine": "1" },
      subnets: [body.IPAM.Config[0].Subnet as `${number}.${number}.${number}.${number}/${number}`],
    })),
    volumes: objects.volumes.map(({ body }) => ({ name: body.Name, labels: body.Labels })),
    services: objects.services.map(({ name, body, connections, readiness }) => ({
      ...{ id: `id-of-${name}`, name, labels: body.Labels, publishedPorts: [], volumes: [] },
      networks: [
        ...Object.keys(body.NetworkingConfig.EndpointsConfig),
        ...connections.map(({ Network }) => Network),
      ],
      ...(readiness.kind === "completed" ? { running: false, exitCode: 0 } : { running: true }),
    })),
    jobs: [],
  };
}

function steps(plan: Plan, existing: ExistingComponent, others: Partial<Comparison> = {}): KeepSteps {
  const objects = lowerToDocker(plan, placementOf(plan));
  return keepSteps({ plan, objects, existing, changedContents: new Set(), removesVolumes: false, ...others });
}

/** The changes of a shop that is up, to a changed declaration. */
function changes(definition: object, others: Partial<Comparison> = {}): Changes {
  return steps(planned(definition), upOf(planned(SHOP)), others).changes;
}

function withService(key: keyof typeof SHOP.services, properties: object): object {
  return { ...SHOP, services: { ...SHOP.services, [key]: { ...SHOP.services[key], ...properties } } };
}

/** The shop with a service in another state. */
function withState(key: string, state: Partial<ExistingComponent["services"][number]>): ExistingComponent {
  const up = upOf(planned(SHOP));
  const isOf = ({ name }: { readonly name: string }) => name.endsWith(`_${key}`);
  return { ...up, services: up.services.map((one) => (isOf(one) ? { ...one, ...state } : one)) };
}

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });

/** Declarations with networks, volumes, and services of all kinds. */
const anyDefinition = fc
  .record({ services: names, networks: names, volumes: fc.subarray(["v", "w"]) })
  .chain(({ services, networks, volumes }) =>
    fc.record({
      networks: fc.record(
        Object.fromEntries(networks.map((key) => [key, fc.record({ internal: fc.boolean() })])),
      ),
      volumes: fc.constant(volumes),
      services: fc.record(
        Object.fromEntries(
          services.map((key) => [
            key,
            fc.record({
              image: fc.constantFrom(IMAGE, "redis:7-alpine"),
              env: fc.dictionary(fc.constantFrom("A", "B"), fc.constantFrom("1", "2")),
              networks: fc.subarray(networks, { minLength: 1 }),
              runsOnce: fc.boolean(),
              volumes: fc.constant(Object.fromEntries(volumes.map((name) => [`/${name}`, name]))),
            }),
          ]),
        ),
      ),
    }),
  );

test("bringing an equal plan up changes nothing", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const plan = planned(definition);
      expect(steps(plan, upOf(plan))).toMatchObject({
        ...{ changes: NOTHING, newNetworks: [], newVolumes: [], newServices: [] },
        ...{ oldServices: [], oldNetworks: [], oldVolumes: [] },
      });
    }),
  );
});

test("after what is said, exactly the planned parts are there, and each once", () => {
  fc.assert(
    fc.property(anyDefinition, anyDefinition, fc.boolean(), (before, after, removesVolumes) => {
      const existing = upOf(planned(before));
      const plan = planned(after);
      const found = steps(plan, existing, { removesVolumes });
      const services = [...found.keptServices.keys(), ...found.newServices.map(({ key }) => key)];
      expect(services.sort()).toEqual(plan.services.map(({ key }) => key).sort());
      const networks = [...found.keptNetworks.keys(), ...found.newNetworks];
      expect(networks.sort()).toEqual(plan.networks.map(({ key }) => key).sort());
      expect(found.oldServices.length + found.keptServices.size).toBe(existing.services.length);
      expect(found.oldNetworks.length + found.keptNetworks.size).toBe(existing.networks.length);
      // A service that keeps running is on no network that goes.
      for (const [key, { networks: joined }] of found.keptServices)
        if (plan.services.find((one) => one.key === key)?.completesWithin === undefined)
          expect(found.oldNetworks.filter(({ name }) => joined.includes(name))).toEqual([]);
      const { created, replaced } = found.changes;
      expect(created.filter((part) => replaced.includes(part))).toEqual([]);
    }),
  );
});

test("of a sandbox that is not there, everything is created", () => {
  const nothing = { networks: [], volumes: [], services: [], jobs: [] };
  const { created, ...others } = steps(planned(SHOP), nothing).changes;
  expect([...created].sort()).toEqual([
    ...["network back", "network front", "service database", "service mail", "service migration"],
    ...["service web", "volume data"],
  ]);
  expect(others).toEqual({ replaced: [], removed: [], left: [] });
});

describe("a changed declaration", () => {
  test.each([
    ["the image", { image: "redis:7-alpine" }],
    ["a variable", { env: { LOG: "debug" } }],
    ["the command", { command: ["sleep", "1"] }],
    ["a published port", { ports: [80], publish: true }],
    ["the limits", { limits: { memory: "64MiB" } }],
  ])("of %s replaces that service alone", (_, properties) => {
    expect(changes(withService("web", properties))).toEqual({ ...NOTHING, replaced: ["service web"] });
  });

  test("of a service does not restart those that come after it", () => {
    const replaced = ["service database"];
    expect(changes(withService("database", { env: { A: "1" } }))).toEqual({ ...NOTHING, replaced });
  });

  test("of a service that runs once runs it again", () => {
    const replaced = ["service migration"];
    expect(changes(withService("migration", { command: ["true"] }))).toEqual({ ...NOTHING, replaced });
  });

  test("of a network replaces the services that keep running on it, not one that has completed", () => {
    const internal = { ...SHOP, networks: { ...SHOP.networks, back: {} } };
    const found = changes(internal);
    expect({ ...found, replaced: [...found.replaced].sort() }).toEqual({
      ...NOTHING,
      replaced: ["network back", "service database", "service web"],
    });
  });

  test("without a service and its network removes both", () => {
    const { mail: _, ...services } = SHOP.services;
    expect(changes({ ...SHOP, services })).toEqual({ ...NOTHING, removed: ["service mail"] });
    const one = { networks: { front: {} }, services: { mail: SHOP.services.mail } };
    const found = changes(one);
    expect([...found.removed].sort()).toEqual([
      ...["network back", "service database", "service migration", "service web"],
    ]);
    expect(found.replaced).toEqual([]);
  });

  test("without a volume leaves it, unless volumes are removed too", () => {
    const { volumes: _, ...others } = SHOP;
    const { volumes: __, ...database } = SHOP.services.database;
    const without = { ...others, services: { ...SHOP.services, database } };
    const replaced = ["service database"];
    expect(changes(without)).toEqual({ ...NOTHING, replaced, left: ["volume data"] });
    const removed = ["volume data"];
    expect(changes(without, { removesVolumes: true })).toEqual({ ...NOTHING, replaced, removed });
  });

  test("another name of a service is another service", () => {
    const { mail, ...services } = SHOP.services;
    expect(changes({ ...SHOP, services: { ...services, post: mail } })).toEqual({
      ...NOTHING,
      created: ["service post"],
      removed: ["service mail"],
    });
  });
});

describe("an unchanged service", () => {
  const changed = (existing: ExistingComponent, others?: Partial<Comparison>) =>
    steps(planned(SHOP), existing, others).changes;

  test.each([
    ["has ended", { running: false, exitCode: 0 }],
    ["has failed", { running: false, exitCode: 1 }],
    ["was never started", { running: false }],
    ["is unhealthy", { health: "unhealthy" as const }],
    ["was never ready", { health: "starting" as const }],
    ["was disconnected from its network", { networks: [] }],
  ])("that %s is replaced", (_, state) => {
    expect(changed(withState("mail", state))).toEqual({ ...NOTHING, replaced: ["service mail"] });
  });

  test("that is healthy, or on a network more, is left alone", () => {
    expect(changed(withState("mail", { health: "healthy" }))).toEqual(NOTHING);
    const networks = ["dev_shop_front", "somebodys"];
    expect(changed(withState("mail", { networks }))).toEqual(NOTHING);
  });

  test("that runs once runs again after a failure, and is awaited while it runs", () => {
    const failed = withState("migration", { running: false, exitCode: 3 });
    expect(changed(failed)).toEqual({ ...NOTHING, replaced: ["service migration"] });
    expect(changed(withState("migration", { running: true }))).toEqual(NOTHING);
    expect(changed(withState("migration", { networks: [] }))).toEqual(NOTHING);
  });

  test("with other values of secrets or other files is replaced", () => {
    const changedContents = new Set(["mail"]);
    const existing = upOf(planned(SHOP));
    expect(changed(existing, { changedContents })).toEqual({ ...NOTHING, replaced: ["service mail"] });
  });
});

describe("a network", () => {
  const front = (others: object): ExistingComponent => {
    const up = upOf(planned(SHOP));
    const isFront = ({ name }: { readonly name: string }) => name.endsWith("_front");
    return { ...up, networks: up.networks.map((one) => (isFront(one) ? { ...one, ...others } : one)) };
  };

  test.each([
    ["of another kind", { internal: true }],
    ["with another MTU", { options: { "com.docker.network.driver.mtu": "1400" } }],
    ["in another subnet than it gets", { subnets: ["10.99.0.0/28"] }],
    ["with another name", { name: "somebodys" }],
  ])("%s is replaced, with the services on it", (_, others) => {
    const { replaced, ...rest } = steps(planned(SHOP), front(others)).changes;
    expect(rest).toEqual({ created: [], removed: [], left: [] });
    expect([...replaced].sort()).toEqual(["network front", "service mail", "service web"]);
  });

  test("that is missing is created, with the services on it", () => {
    const up = upOf(planned(SHOP));
    const networks = up.networks.filter(({ name }) => !name.endsWith("_front"));
    const { created, replaced } = steps(planned(SHOP), { ...up, networks }).changes;
    expect(created).toEqual(["network front"]);
    expect([...replaced].sort()).toEqual(["service mail", "service web"]);
  });

  test("that a killed command has left a second time is removed", () => {
    const up = upOf(planned(SHOP));
    const left = { ...up.networks[0], name: "left", labels: labelsOf("x", "network", "front") };
    const existing = { ...up, networks: [...up.networks, left as (typeof up.networks)[number]] };
    const found = steps(planned(SHOP), existing);
    expect(found.oldNetworks.map(({ name }) => name)).toEqual(["left"]);
    expect(found.newServices).toEqual([]);
  });
});
