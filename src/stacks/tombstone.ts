import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { askDocker } from "../docker/api.ts";
import { createEmptyVolume, removeVolume } from "../docker/empty-volume.ts";
import type { DockerHost } from "../docker/host.ts";
import { engineTime } from "../docker/possessions.ts";
import { mayStillRun, ownProcessMark } from "../machine/process-mark.ts";
import { LABEL, type Labels } from "../model/labels.ts";

/**
 * A tombstone tells that somebody is about to remove what an owner has. It is an empty volume, so that it
 * reaches whoever uses the engine, from other machines and containers too, where no lock of a process does.
 * Who removes sets it first and then looks at the stack's life; who uses the stack renews its life first and
 * then looks for a tombstone. So one of the two always sees the other.
 */
const KIND = "tombstone";

/**
 * Milliseconds for which a tombstone counts, should whoever has set it die. Others wait that long at most.
 */
const LIFETIME = 60_000;

/** Milliseconds between two looks for a tombstone. */
const PAUSE = 200;

/**
 * Works while a tombstone of the owner's stands.
 * @param labels whose it is, and what else its parts carry
 * @param options.lifetime milliseconds for which it counts should this process die, and wherever else nobody
 * can tell that. Default: a minute
 */
export async function underTombstone<Result>(
  engine: DockerHost,
  labels: Labels,
  work: () => Promise<Result>,
  { lifetime = LIFETIME }: { readonly lifetime?: number } = {},
): Promise<Result> {
  const set = () => setTombstone(engine, labels, lifetime);
  const first = await set();
  const done = new AbortController();
  const kept = keepUntil(done.signal, engine, first, { set, every: lifetime / 3 });
  try {
    return await work();
  } finally {
    done.abort();
    await kept;
  }
}

/** Whether what carries these labels is a tombstone, standing or not. */
export function isTombstone(labels: Labels): boolean {
  return labels[LABEL.kind] === KIND;
}

/**
 * Whether a tombstone counts: not once its time is over, nor when the process that has set it is known to be
 * dead.
 */
export function stands(labels: Labels, now: number): boolean {
  return Date.parse(labels[LABEL.ends] ?? "") > now && mayStillRun(labels[LABEL.process] ?? "");
}

/**
 * Waits until no tombstone of the owner's stands, and removes those that count for nothing. Gives whether it
 * has had to wait: then whatever was read before is old.
 * @param onWait is called once, before it waits
 */
export async function whenNobodyRemoves(
  engine: DockerHost,
  owner: string,
  onWait: () => void,
): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    const tombstones = await readTombstones(engine, owner);
    if (tombstones.length === 0) return hasWaited;
    const now = await engineTime(engine);
    for (const { Name } of tombstones.filter((one) => !stands(one.Labels, now)))
      await removeVolume(engine, Name);
    if (!tombstones.some((one) => stands(one.Labels, now))) return hasWaited;
    if (!hasWaited) onWait();
    await pause(PAUSE);
  }
}

/** Sets another one before the time of the last is over, and removes the last in the end. */
async function keepUntil(
  done: AbortSignal,
  engine: DockerHost,
  first: string,
  { set, every }: { readonly set: () => Promise<string>; readonly every: number },
): Promise<void> {
  let standing = first;
  try {
    while (!done.aborted) {
      await pause(every, undefined, { signal: done }).catch(() => {});
      if (done.aborted) break;
      const next = await set();
      await removeVolume(engine, standing);
      standing = next;
    }
    await removeVolume(engine, standing);
  } catch {
    // The engine does not answer, which the work itself says better. What stands has an end.
  }
}

async function readTombstones(
  engine: DockerHost,
  owner: string,
): Promise<readonly { readonly Name: string; readonly Labels: Labels }[]> {
  const label = [`${LABEL.owner}=${owner}`, `${LABEL.kind}=${KIND}`];
  const path = `/volumes?filters=${encodeURIComponent(JSON.stringify({ label }))}`;
  type Tombstone = { readonly Name: string; readonly Labels: Labels };
  const { Volumes: volumes } = await askDocker<{ readonly Volumes: readonly Tombstone[] | null }>(
    engine,
    path,
  );
  return volumes ?? [];
}

async function setTombstone(engine: DockerHost, labels: Labels, lifetime: number): Promise<string> {
  const name = `${labels[LABEL.stack]}_tombstone-${randomBytes(4).toString("hex")}`;
  await createEmptyVolume(engine, name, {
    ...labels,
    [LABEL.kind]: KIND,
    [LABEL.ends]: new Date((await engineTime(engine)) + lifetime).toISOString(),
    [LABEL.process]: ownProcessMark(),
  });
  return name;
}
