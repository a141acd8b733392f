import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { LABEL } from "../../src/model/labels.ts";
import { ownedBy } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

/** Checkouts of one project. Each has a stack of the same name, so all request the same subnets. */
let checkouts: readonly UserProject[];

beforeAll(async () => {
  checkouts = [0, 1, 2, 3].map(() => userProject("e2e-subnets"));
  await fillPool();
});

afterAll(() => Promise.all(checkouts.map((checkout) => checkout.remove())));

/** Declares this number of networks from this pool in every checkout. */
function configure(networks: number, subnetPool: string): void {
  const keys = Array.from({ length: networks }, (_, index) => `n${index}`);
  for (const checkout of checkouts) {
    checkout.configure({ sandboxes: ["shop"], subnetPool });
    checkout.declare(`sandbox("shop", {
      networks: ${JSON.stringify(Object.fromEntries(keys.map((key) => [key, {}])))},
      services: { cache: redis({ networks: ${JSON.stringify(keys)} }) },
    })`);
  }
}

async function subnets(): Promise<readonly string[]> {
  const docker = await connect();
  const all = await Promise.all(
    checkouts.map(({ owner }) => docker.listNetworks({ filters: { label: [`${LABEL.owner}=${owner}`] } })),
  );
  return all
    .flat()
    .flatMap(({ IPAM }) => IPAM?.Config?.map(({ Subnet }) => Subnet ?? "") ?? [])
    .sort();
}

/** Brings up a stack of two networks in each checkout concurrently, one by plain pulumi. */
async function fillPool(): Promise<void> {
  configure(2, "10.254.78.0/25");
  const [plain, ...others] = checkouts;
  await plain?.nestbox(["pulumi", "stack", "init", "e2e-subnets"]);
  const ends = await Promise.all([
    plain?.nestbox(["pulumi", "up", "--yes", "--skip-preview"]),
    ...others.map((checkout) => checkout.nestbox(["up"])),
  ]);
  for (const end of ends) {
    if (end?.exitCode !== 0) throw new Error(`${end?.stdout}${end?.stderr}`);
  }
}

test("concurrent ups, plain pulumi up among them, fill a pool without overlap", async () => {
  expect(new Set(await subnets()).size).toBe(8);
  // The service and two networks. No reservation, and no lease: the stacks never end.
  for (const { owner } of checkouts) expect(await ownedBy(owner)).toHaveLength(3);
});

test("one network too many for the pool is an error, and running stacks stay unchanged", async () => {
  const before = await subnets();
  configure(3, "10.254.78.0/25");
  const end = await checkouts[1]?.nestbox(["up"]);
  expect(end?.exitCode).toBe(2);
  expect(end?.stderr).toContain(
    "error subnetPool: 10.254.78.0/25 has no room for 1 more network, since it overlaps 8 ranges in use: ",
  );
  expect(end?.stderr).toMatch(/ ranges in use: network e2e-subnets_shop_n\d/);
  expect(await subnets()).toEqual(before);
});

test("an up keeps the subnets of its stack", async () => {
  const before = await subnets();
  configure(2, "10.254.79.0/25");
  expect((await checkouts[2]?.nestbox(["up"]))?.stderr).toMatch(/nothing to change/);
  expect(await subnets()).toEqual(before);
});
