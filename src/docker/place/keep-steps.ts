import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Changes } from "../../sandbox/place.ts";
import type { ExistingContainer, ExistingNetwork } from "../facts.ts";
import { bridgeOptions, podmanOptions } from "../lowering/bridge-options.ts";
import type { DockerNetwork, DockerObjects } from "../lowering/lower-sandbox.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { type ExistingComponent, type ExistingVolume, keyOf } from "./existing-component.ts";
import { hasFailed } from "./place-components.ts";

/** What bringing a sandbox up does. Everything else stays as it is. */
export interface KeepSteps {
  /** By key, with the names on the engine. */
  readonly keptNetworks: ReadonlyMap<string, string>;
  /** The containers of services, by key. */
  readonly keptServices: ReadonlyMap<string, ExistingContainer>;
  readonly oldServices: readonly ExistingContainer[];
  readonly oldNetworks: readonly ExistingNetwork[];
  readonly oldVolumes: readonly ExistingVolume[];
  /** The keys of networks to create. */
  readonly newNetworks: readonly string[];
  readonly newVolumes: DockerObjects["volumes"];
  readonly newServices: readonly DockerService[];
  readonly changes: Changes;
}

/** A sandbox to bring up, and what the engine has of it. */
export interface Comparison {
  readonly plan: Plan;
  readonly objects: DockerObjects;
  readonly existing: ExistingComponent;
  /** The keys of services with other values of secrets, or other files of the project. */
  readonly changedContents: ReadonlySet<string>;
  readonly removesVolumes: boolean;
}

/** Compares a sandbox with what the engine has of it. Pure. */
export function keepSteps(comparison: Comparison): KeepSteps {
  const { plan, objects, existing, removesVolumes } = comparison;
  const networks = compare(objects.networks, existing.networks, isSameNetwork);
  const keptNetworks = new Map([...networks.kept].map(([key, { name }]) => [key, name]));
  const volumes = compare(objects.volumes, existing.volumes, () => true);
  const services = compare(objects.services, existing.services, (service, container) => {
    const joined = plan.services.find(({ key }) => key === service.key)?.networks ?? [];
    return isSameService(service, container, comparison, namesOf(joined, keptNetworks));
  });
  const all = [
    { kind: "network", parts: networks },
    { kind: "volume", parts: { ...volumes, removed: removesVolumes ? volumes.removed : [] } },
    { kind: "service", parts: services },
  ] as const;
  const named = (keys: (parts: Compared<unknown, unknown>) => readonly string[]) =>
    all.flatMap(({ kind, parts }) => keys(parts).map((key) => `${kind} ${key}`));
  return {
    keptNetworks,
    keptServices: services.kept,
    oldServices: services.old,
    oldNetworks: networks.old,
    oldVolumes: removesVolumes ? volumes.old : [],
    newNetworks: networks.wanted.map(({ key }) => key),
    newVolumes: volumes.wanted,
    newServices: services.wanted,
    changes: {
      created: named(({ created }) => created),
      replaced: named(({ replaced }) => replaced),
      removed: named(({ removed }) => removed),
      left: removesVolumes ? [] : volumes.removed.map((key) => `volume ${key}`),
    },
  };
}

/** The parts of one kind. */
interface Compared<Planned, Existing> {
  /** By key. */
  readonly kept: ReadonlyMap<string, Existing>;
  /** What goes: replaced, no longer planned, or left twice by a killed command. */
  readonly old: readonly Existing[];
  readonly wanted: readonly Planned[];
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

function compare<Planned extends { readonly key: string }, Existing extends Parameters<typeof keyOf>[0]>(
  planned: readonly Planned[],
  existing: readonly Existing[],
  isSame: (planned: Planned, existing: Existing) => boolean,
): Compared<Planned, Existing> {
  const byKey = Map.groupBy(existing, keyOf);
  const kept = new Map(
    planned.flatMap((part) => {
      const same = byKey.get(part.key)?.find((candidate) => isSame(part, candidate));
      return same === undefined ? [] : [[part.key, same] as const];
    }),
  );
  const wanted = planned.filter(({ key }) => !kept.has(key));
  const keys = new Set(planned.map(({ key }) => key));
  return {
    ...{ kept, wanted },
    old: existing.filter((one) => kept.get(keyOf(one)) !== one),
    created: wanted.map(({ key }) => key).filter((key) => !byKey.has(key)),
    replaced: wanted.map(({ key }) => key).filter((key) => byKey.has(key)),
    removed: [...byKey.keys()].filter((key) => !keys.has(key)),
  };
}

/** The driver's options that Nestbox sets. An engine may report others. */
const OPTIONS = Object.keys({ ...bridgeOptions(true, 0), ...podmanOptions(0) });

function isSameNetwork({ body }: DockerNetwork, existing: ExistingNetwork): boolean {
  return (
    existing.name === body.Name &&
    existing.internal === body.Internal &&
    existing.subnets[0] === body.IPAM.Config[0].Subnet &&
    OPTIONS.every((option) => existing.options[option] === body.Options[option])
  );
}

/** @param networks the names of its networks; undefined for one that is created */
function isSameService(
  { key, body, readiness }: DockerService,
  container: ExistingContainer,
  { changedContents }: Comparison,
  networks: readonly (string | undefined)[],
): boolean {
  const completes = readiness.kind === "completed";
  return (
    container.labels[LABEL.plan] === body.Labels[LABEL.plan] &&
    !changedContents.has(key) &&
    !hasFailed(container, completes) &&
    // One that has completed needs its networks no more.
    (completes || networks.every((name) => name !== undefined && container.networks.includes(name)))
  );
}

function namesOf(
  keys: readonly string[],
  names: ReadonlyMap<string, string>,
): readonly (string | undefined)[] {
  return keys.map((key) => names.get(key));
}
