import { LABEL } from "../../model/labels.ts";
import type { Changes } from "../../sandbox/place.ts";
import type { PodTemplate } from "../lowering/manifest.ts";
import { type ExistingObject, isWorkload, objectKey, planOf, type WantedObject } from "./kept-objects.ts";

/** An object whose manifest has changed. */
export interface ChangedObject {
  readonly wanted: WantedObject;
  /** Absent for a new one. */
  readonly existing?: ExistingObject;
  /** Whether the cluster refuses the change, so that it has to be removed first. */
  readonly recreated: boolean;
}

/** What has to be done so that a sandbox consists of the wanted objects. */
export interface KeepDifference {
  readonly changed: readonly ChangedObject[];
  readonly removed: readonly ExistingObject[];
  /** Claims that nobody wants any more, and which stay. */
  readonly left: readonly ExistingObject[];
}

/** Compares objects by the hashes of their manifests. @param removesVolumes see KeepRequest */
export function differenceOf(
  wanted: readonly WantedObject[],
  existing: readonly ExistingObject[],
  removesVolumes: boolean,
): KeepDifference {
  const found = new Map(existing.map((object) => [objectKey(object), object]));
  const names = new Set(wanted.map(({ manifest }) => objectKey(manifest)));
  const unwanted = existing.filter((object) => !names.has(objectKey(object)) && !isGoing(object));
  const stays = (object: ExistingObject) => isClaim(object) && !removesVolumes;
  const differing = wanted.filter((object) => {
    const own = found.get(objectKey(object.manifest));
    return own === undefined || (planOf(own) !== object.plan && (isGoing(own) || !stays(own)));
  });
  const renewedClaims = new Set(
    differing.flatMap(({ manifest: { kind, metadata } }) =>
      kind === "PersistentVolumeClaim" ? [metadata.name ?? ""] : [],
    ),
  );
  // A claim does not go before the pods that use it.
  const users = wanted.filter((object) => claimsOf(object).some((claim) => renewedClaims.has(claim)));
  return {
    changed: [...new Set([...differing, ...users])].map((object) => {
      const own = found.get(objectKey(object.manifest));
      if (own === undefined) return { wanted: object, recreated: false };
      return { wanted: object, existing: own, recreated: users.includes(object) || isFixed(object, own) };
    }),
    removed: unwanted.filter((object) => !stays(object)),
    left: unwanted.filter(stays),
  };
}

/** The changes as a person reads them: networks, volumes and services, each once. */
export function changesOf(
  { changed, removed, left }: KeepDifference,
  wanted: readonly WantedObject[],
  existing: readonly ExistingObject[],
): Changes {
  const partsOf = (objects: readonly (ExistingObject | WantedObject["manifest"])[]) =>
    new Set(objects.flatMap((object) => partOf(object) ?? []));
  // A Service of a name says nothing of the service itself.
  const there = partsOf(existing.filter((object) => MAIN_KINDS.includes(object.kind)));
  const planned = partsOf(wanted.map(({ manifest }) => manifest));
  const touched = partsOf([...changed.map((one) => one.wanted.manifest), ...removed]);
  const inOrder = [...planned].filter((part) => touched.has(part));
  return {
    created: inOrder.filter((part) => !there.has(part)),
    replaced: inOrder.filter((part) => there.has(part)),
    removed: [...partsOf(removed)].filter((part) => !planned.has(part)).sort(),
    left: [...partsOf(left)].sort(),
  };
}

/** The kinds of the objects that networks, volumes and services are. */
const MAIN_KINDS: readonly string[] = ["NetworkPolicy", "PersistentVolumeClaim", "Deployment", "Job"];

/** "service cache". Undefined for what belongs to the whole sandbox. */
function partOf({ metadata }: ExistingObject | WantedObject["manifest"]): string | undefined {
  const { [LABEL.kind]: kind, [LABEL.part]: part } = metadata.labels ?? {};
  return kind === undefined || part === undefined ? undefined : `${kind} ${part}`;
}

function isClaim({ kind }: Pick<ExistingObject, "kind">): boolean {
  return kind === "PersistentVolumeClaim";
}

function isGoing({ metadata }: ExistingObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Whether an object cannot become the wanted one: Jobs, claims, and whether a Service has an address. */
function isFixed({ manifest }: WantedObject, existing: ExistingObject): boolean {
  if (manifest.kind === "Job" || isClaim(manifest)) return true;
  return manifest.kind === "Service" && isHeadless(manifest.spec) !== isHeadless(existing.spec);
}

function isHeadless(spec: unknown): boolean {
  return (spec as { readonly clusterIP?: string } | undefined)?.clusterIP === "None";
}

/** The claims that the pods of a workload mount. */
function claimsOf({ manifest }: WantedObject): readonly string[] {
  if (!isWorkload(manifest)) return [];
  const { template } = (manifest as { readonly spec: { readonly template?: PodTemplate } }).spec;
  return (template?.spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim: claim }) => claim?.claimName ?? [],
  );
}
