import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { removeOwned } from "../../../bench/remove-owned.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { socketPath } from "../../../src/docker/host.ts";
import { leaseVolumes } from "../../../src/docker/lease-volumes.ts";
import { componentsOf } from "../../../src/docker/place/place-components.ts";
import { placeReserved, type ReservedPlacements } from "../../../src/docker/place/reserved-placements.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { overlap, parseSubnet, type Subnet } from "../../../src/model/subnets.ts";
import { readLeases } from "../../../src/ownership/lease.ts";
import { isoSeconds } from "../../../src/ownership/ownership.ts";

/** A pool of sixteen smallest subnets. */
const POOL = "10.254.77.0/24";

const OWNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `reserved-placements-test/dev/${number}`);

const shop = sandbox("shop", {
  networks: { front: {}, back: {} },
  services: { cache: { image: "redis:7-alpine", networks: ["front", "back"] } },
});

/**
 * Places a sandbox as the program of a checkout does. All checkouts have the same stack and networks, so all
 * request the same subnets.
 */
function plan(
  owner: string,
  pool: Subnet = POOL,
  engine = engineHost(process.env),
): Promise<ReservedPlacements> {
  const created = isoSeconds(new Date());
  const ownership = { owner, project: "reserved-placements-test", stack: "dev", created } as const;
  return placeReserved(
    {
      ownership: { ...ownership, timeToLive: "never" },
      components: componentsOf([planOf(shop)]),
      ...{ subnetPool: pool, privilegedImages: [], network: {} },
    },
    engine,
  );
}

function subnetsOf({ placements }: ReservedPlacements): readonly Subnet[] {
  return placements.flatMap(({ subnets }) => Object.values(subnets));
}

async function reservations(): Promise<readonly string[]> {
  const label = [`${LABEL.kind}=reservation`, `${LABEL.project}=reserved-placements-test`];
  const { Volumes: volumes } = await (await connect()).listVolumes({ filters: { label } });
  return volumes.map(({ Name }) => Name);
}

function overlapping(subnets: readonly Subnet[]): readonly string[] {
  const ranges = subnets.map((subnet) => parseSubnet(subnet) ?? { first: 0, last: 2 ** 32 });
  return ranges.flatMap((range, index) =>
    ranges.slice(index + 1).some((other) => overlap(range, other)) ? [subnets[index] ?? ""] : [],
  );
}

afterEach(async () => {
  for (const owner of OWNERS) await removeOwned(owner);
});

test("eight concurrent placements fill a pool without overlap", async () => {
  const reserved = await Promise.all(OWNERS.map((owner) => plan(owner)));
  const subnets = reserved.flatMap(subnetsOf);
  expect(subnets).toHaveLength(16);
  expect(overlapping(subnets)).toEqual([]);
  expect(await reservations()).toHaveLength(16);
  await Promise.all(reserved.map(({ release }) => release()));
  expect(await reservations()).toEqual([]);
});

test("in a small pool, a placement gets all its subnets, or fails without a reservation", async () => {
  const ends = await Promise.allSettled(OWNERS.map((owner) => plan(owner, "10.254.77.64/26")));
  const won = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  expect(won.length).toBeGreaterThan(0);
  expect(overlapping(won.flatMap(subnetsOf))).toEqual([]);
  expect(await reservations()).toHaveLength(2 * won.length);
  for (const end of ends) {
    if (end.status === "fulfilled") continue;
    const [pool = "", ...reasons] = String(end.reason.message).split(", since it ");
    expect(pool).toMatch(/^subnetPool: 10\.254\.77\.64\/26 has no room for 2 more networks/);
    expect(reasons.join()).toMatch(/^overlaps \d ranges? in use: a network that stack dev creates \(/);
  }
});

test("reservations of an expired lease block nobody, and are removed", async () => {
  const [owner = ""] = OWNERS;
  const first = await plan(owner);
  const store = leaseVolumes(engineHost(process.env));
  const leases = await readLeases(store, owner);
  expect(leases).toHaveLength(1);
  for (const lease of leases) await store.remove(lease);
  const second = await plan(owner);
  expect(subnetsOf(second)).toEqual(subnetsOf(first));
  await second.release();
  await first.release();
  expect(await reservations()).toEqual([]);
});

/**
 * A proxy of the engine. Right before the first reservation, it creates a network in the same subnet, as
 * another process would.
 */
async function engineWithFasterOther(other: () => Promise<unknown>) {
  let isFirst = true;
  const server = createServer(async (incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    if (url === "/volumes/create" && isFirst) {
      isFirst = false;
      await other();
    }
    const passed = request(
      { socketPath: socketPath(engineHost(process.env)), method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const host = { host: `tcp://127.0.0.1:${port}`, origin: "double", isChosen: true };
  return { host, close: () => server.close() };
}

test("a network that was created after the placement is detected, even without its reservation", async () => {
  const [owner = "", other = ""] = OWNERS;
  const docker = await connect();
  const first = await plan(owner);
  await first.release();
  const [Subnet = ""] = subnetsOf(first);
  const { host, close } = await engineWithFasterOther(() =>
    docker.createNetwork({
      Name: "reserved-placements-test-faster",
      Labels: { [LABEL.owner]: other },
      IPAM: { Driver: "default", Config: [{ Subnet }] },
    }),
  );
  try {
    const second = await plan(owner, POOL, host);
    expect(subnetsOf(second)).not.toContain(Subnet);
    expect(await reservations()).toHaveLength(2);
    await second.release();
  } finally {
    close();
  }
});

test("the engine refuses none of the networks that are created concurrently", async () => {
  const docker = await connect();
  for (const turn of [0, 1]) {
    await Promise.all(
      OWNERS.map(async (owner) => {
        const reserved = await plan(owner);
        for (const Subnet of subnetsOf(reserved)) {
          await docker.createNetwork({
            Name: `reserved-placements-test-${turn}-${Subnet.replace("/", "-")}`,
            Labels: { [LABEL.owner]: owner },
            IPAM: { Driver: "default", Config: [{ Subnet }] },
          });
        }
        await reserved.release();
      }),
    );
    for (const owner of OWNERS) await removeOwned(owner);
  }
  expect(await reservations()).toEqual([]);
});
