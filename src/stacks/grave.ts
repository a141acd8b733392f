import { randomBytes } from "node:crypto";
import { createEmptyVolume } from "../docker/empty-volume.ts";
import type { DockerHost } from "../docker/host.ts";
import { engineTime } from "../docker/possessions.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { StackOnEngine } from "./stack-on-engine.ts";

/**
 * A grave tells that a branch's stack was removed from this engine by its labels alone, and which networks it
 * had. It is an empty volume. Whoever has the state can tell by it that what the state still knows was here
 * and is no more: a state does not say which engine it speaks of.
 */
const KIND = "grave";

/** Milliseconds after which a grave goes, should nobody with the state have come by. */
const LIFETIME = 90 * 86_400_000;

/** Leaves a grave of a stack that has just been removed. */
export async function digGrave(
  engine: DockerHost,
  {
    owner,
    project,
    stack,
    branch,
    parts,
  }: Pick<StackOnEngine, "owner" | "project" | "stack" | "parts"> & {
    readonly branch: string;
  },
): Promise<void> {
  const networks = parts.filter(({ kind }) => kind === "network").map(({ id }) => id);
  await createEmptyVolume(engine, `${stack}_grave-${randomBytes(4).toString("hex")}`, {
    [LABEL.owner]: owner,
    [LABEL.project]: project,
    [LABEL.stack]: stack,
    [LABEL.branch]: branch,
    [LABEL.kind]: KIND,
    [LABEL.ends]: new Date((await engineTime(engine)) + LIFETIME).toISOString(),
    [LABEL.networks]: networks.join(" "),
  });
}

/** Whether what carries these labels is a grave. */
export function isGrave(labels: Labels): boolean {
  return labels[LABEL.kind] === KIND;
}

/** Whether nobody needs to know of a grave any more. */
export function isOvergrown(labels: Labels, now: number): boolean {
  return !(Date.parse(labels[LABEL.ends] ?? "") > now);
}

/** Whether all of these networks, by the engine's ids, were those of the stack that is in the grave. */
export function lieIn(labels: Labels, networks: readonly string[]): boolean {
  const buried = (labels[LABEL.networks] ?? "").split(" ");
  return networks.every((id) => buried.includes(id));
}
