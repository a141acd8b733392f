import { randomBytes } from "node:crypto";
import { createEmptyVolume, removeVolume } from "../docker/empty-volume.ts";
import type { DockerHost } from "../docker/host.ts";
import { engineTime, type Possession, readPossessions } from "../docker/possessions.ts";
import { type Duration, milliseconds } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";

/**
 * When a stack ends. It is kept on the engine, as the labels of an empty volume, so that whoever reaches the
 * engine can see it without any state; and since Docker never changes a label, a renewed life is another
 * volume.
 */
export interface Life {
  readonly owner: string;
  /** In milliseconds since 1970 on the engine's clock; undefined when somebody has written nonsense. */
  readonly ends: number | "never" | undefined;
  /** In milliseconds since 1970. */
  readonly renewed: number;
}

/**
 * The life of each stack that has one, by owner. Of two, left by a command that was killed, the one that was
 * renewed last.
 */
export function livesIn(possessions: readonly Possession[]): ReadonlyMap<string, Life> {
  const lives = possessions
    .filter(({ labels }) => labels[LABEL.kind] === "life")
    .map(lifeOf)
    .sort((one, other) => one.renewed - other.renewed);
  return new Map(lives.map((life) => [life.owner, life]));
}

/** What a renewal says about the end of a life. */
export interface Renewal {
  /** Whose life: the labels that its parts carry. */
  readonly labels: Labels;
  readonly timeToLive: Duration | "never";
  /** `use` never brings the end nearer than it is; `exactly` sets it. */
  readonly mode: "use" | "exactly";
}

/** Makes a stack live for its time to live from now. Gives its end, in milliseconds since 1970. */
export async function renewLife(
  engine: DockerHost,
  { labels, timeToLive, mode }: Renewal,
): Promise<number | "never"> {
  const owner = labels[LABEL.owner] ?? "";
  const [parts, now] = await Promise.all([readPossessions(engine, owner), engineTime(engine)]);
  const before = livesIn(parts).get(owner)?.ends;
  const wanted = timeToLive === "never" ? timeToLive : now + milliseconds(timeToLive);
  const ends = mode === "exactly" ? wanted : later(wanted, before);
  const old = parts.filter((part) => part.labels[LABEL.kind] === "life");
  // A stack that never ends by its settings, and by its labels from the first, needs no volume to say so.
  const isKnown = parts.every((part) => (part.labels[LABEL.timeToLive] ?? "never") === "never");
  if (timeToLive !== "never" || mode === "exactly" || !isKnown) await createLife(engine, labels, ends, now);
  for (const { name } of old) await removeVolume(engine, name);
  return ends;
}

/** Takes a renewal back, by the end that it has given: a stack that is gone needs no life. */
export async function forgetLife(engine: DockerHost, owner: string, ends: number | "never"): Promise<void> {
  const lives = (await readPossessions(engine, owner)).filter(
    ({ labels }) => labels[LABEL.kind] === "life" && labels[LABEL.ends] === endLabel(ends),
  );
  for (const { name } of lives) await removeVolume(engine, name);
}

function endLabel(ends: number | "never"): string {
  return ends === "never" ? ends : new Date(ends).toISOString();
}

function later(wanted: number | "never", before: Life["ends"]): number | "never" {
  if (before === undefined) return wanted;
  return wanted === "never" || before === "never" ? "never" : Math.max(wanted, before);
}

async function createLife(
  engine: DockerHost,
  labels: Labels,
  ends: number | "never",
  now: number,
): Promise<void> {
  await createEmptyVolume(engine, `${labels[LABEL.stack]}_life-${randomBytes(4).toString("hex")}`, {
    ...labels,
    [LABEL.kind]: "life",
    [LABEL.ends]: endLabel(ends),
    [LABEL.renewed]: new Date(now).toISOString(),
  });
}

function lifeOf({ labels }: Possession): Life {
  const said = labels[LABEL.ends] ?? "";
  const ends = said === "never" ? said : Date.parse(said);
  return {
    owner: labels[LABEL.owner] ?? "",
    ends: ends === "never" || !Number.isNaN(ends) ? ends : undefined,
    renewed: Date.parse(labels[LABEL.renewed] ?? "") || 0,
  };
}
