import { afterEach, expect, test } from "@jest/globals";
import { removeOwned } from "../../../bench/remove-owned.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { leaseVolumes } from "../../../src/docker/lease-volumes.ts";
import { createNetwork, placeFreely } from "../../../src/docker/place/create-networks.ts";
import { releaseSubnets, reserveSubnets } from "../../../src/docker/subnet-reservations.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { Subnet } from "../../../src/model/subnets.ts";
import { holdLease } from "../../../src/ownership/lease.ts";

const OWNER = "create-networks-test";
const PLAN = plan(sandbox("net", { services: { one: { image: "alpine:3.19" } } }));

afterEach(() => removeOwned(OWNER));

/** The subnets of a sandbox whose networks are created. */
async function create(stack: string, pool: Subnet): Promise<readonly Subnet[]> {
  const created = "2026-11-23T10:00:00Z";
  const placing = {
    ownership: { owner: OWNER, project: "create-networks", stack, created, timeToLive: "never" },
    ...{ plan: PLAN, component: stack, lease: stack, subnetPool: pool, privilegedImages: [], network: {} },
  } as const;
  const placement = await placeFreely(engineHost(process.env), placing);
  const keys = PLAN.networks.map(({ key }) => key);
  const creation = { ...placing, placement };
  return Promise.all(keys.map((key) => createNetwork(engineHost(process.env), key, creation)));
}

test("of many that want the last subnets at once, each gets one of its own", async () => {
  const stacks = Array.from({ length: 8 }, (_, index) => `create-networks-${index}`);
  const subnets = await Promise.all(stacks.map((stack) => create(stack, "10.254.88.0/25")));
  expect(new Set(subnets.flat()).size).toBe(8);
  await expect(create("create-networks-8", "10.254.88.0/25")).rejects.toThrow(
    "subnetPool: 10.254.88.0/25 has no room for 1 more network",
  );
});

test("a subnet that a stack has reserved is left alone", async () => {
  const engine = engineHost(process.env);
  const labels = { [LABEL.owner]: OWNER, [LABEL.stack]: "create-networks-stack" };
  const lease = await holdLease(leaseVolumes(engine), { labels, covers: "work" });
  const reserved: Subnet = "10.254.89.0/28";
  expect(await reserveSubnets(engine, [reserved], { ...labels, [LABEL.lease]: lease.id })).toBe(true);
  expect(await create("create-networks-own", "10.254.89.0/27")).toEqual(["10.254.89.16/28"]);
  await releaseSubnets(engine, [reserved]);
  await lease.release();
});
