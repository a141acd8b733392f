import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "@jest/globals";
import { connect, engineHost } from "../../src/docker/client.ts";
import { createEmptyVolume } from "../../src/docker/empty-volume.ts";
import { removeLeftovers } from "../../src/docker/leftovers.ts";
import { engineTime } from "../../src/docker/possessions.ts";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { LABEL } from "../../src/model/labels.ts";
import { underTombstone, whenNobodyRemoves } from "../../src/stacks/tombstone.ts";
import { eventually } from "../eventually.ts";

const STACK = `tombstone-${randomBytes(4).toString("hex")}`;
const OWNER = `nestbox-test/${STACK}/000000`;
const LABELS = { [LABEL.owner]: OWNER, [LABEL.project]: "nestbox-test", [LABEL.stack]: STACK };

afterEach(async () => {
  await removeLeftovers(await connect(), OWNER);
});

async function tombstones(): Promise<readonly string[]> {
  const label = [`${LABEL.owner}=${OWNER}`, `${LABEL.kind}=tombstone`];
  const { Volumes: volumes } = await (await connect()).listVolumes({ filters: { label } });
  return volumes.map(({ Name }) => Name);
}

/** A tombstone as another process has left it. */
async function left(process: string, sinceNow: number): Promise<void> {
  const ends = new Date((await engineTime(engineHost())) + sinceNow).toISOString();
  const labels = { ...LABELS, [LABEL.kind]: "tombstone", [LABEL.process]: process, [LABEL.ends]: ends };
  await createEmptyVolume(engineHost(), `${STACK}_tombstone-left`, labels);
}

async function waits(owner = OWNER): Promise<boolean> {
  return whenNobodyRemoves(engineHost(), owner, () => {});
}

test("who uses a stack waits until its removal is over, and nobody else does", async () => {
  let hasRemoved = false;
  let waiting: Promise<boolean> | undefined;
  await underTombstone(engineHost(), LABELS, async () => {
    expect(await waits("nestbox-test/another/000000")).toBe(false);
    await new Promise<void>((resolve) => {
      waiting = whenNobodyRemoves(engineHost(), OWNER, resolve).then((hasWaited) => hasWaited && hasRemoved);
    });
    hasRemoved = true;
  });
  expect(await waiting).toBe(true);
  expect(await tombstones()).toEqual([]);
  expect(await waits()).toBe(false);
});

test("a tombstone goes when the removal fails", async () => {
  const failing = underTombstone(engineHost(), LABELS, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await tombstones()).toEqual([]);
});

test("a removal that takes long sets another tombstone before the time of the last is over", async () => {
  const work = async () => {
    const [first] = await tombstones();
    await eventually(async () => expect(await tombstones()).not.toContain(first), { within: "30s" });
    expect(await tombstones()).not.toEqual([]);
  };
  await underTombstone(engineHost(), LABELS, work, { lifetime: 3000 });
  expect(await tombstones()).toEqual([]);
});

test("one whose time is over, or whose process has died, counts for nothing and goes", async () => {
  for (const [process, sinceNow] of [
    ["elsewhere 1 1", -1000],
    // No process gets such a number.
    [ownProcessMark().replace(/ \d+ /, " 4194305 "), 3_600_000],
  ] as const) {
    await left(process, sinceNow);
    expect(await waits()).toBe(false);
    expect(await tombstones()).toEqual([]);
  }
});

test("one of another machine is waited for until its time is over", async () => {
  await left("elsewhere 1 1", 1000);
  expect(await waits()).toBe(true);
  expect(await tombstones()).toEqual([]);
});
