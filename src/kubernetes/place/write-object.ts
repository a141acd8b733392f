import { setTimeout as pause } from "node:timers/promises";
import { LABEL, type Labels } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Cluster } from "../api/cluster.ts";
import { createObject, deleteObject, readObject, replaceObject } from "../api/objects.ts";
import type { ChangedObject } from "./keep-difference.ts";
import { type ExistingObject, isWorkload } from "./kept-objects.ts";

/** Milliseconds for an object that is being removed, such as a claim that pods still use. */
const REMOVAL_LIMIT = 60_000;
/** Milliseconds between two looks at it. */
const PAUSE = 200;

/** Writes an object as it is wanted. A workload gets its hash once it is ready, by {@link recordPlan}. */
export async function writeObject(
  cluster: Cluster,
  { wanted: { manifest, plan }, existing, recreated }: ChangedObject,
  signal: AbortSignal,
): Promise<ExistingObject> {
  const isNew = existing === undefined || recreated;
  const kept = isNew ? {} : existing.metadata;
  const own: ExistingObject["metadata"] = manifest.metadata;
  const metadata = {
    ...own,
    labels: { ...foreign(kept.labels), ...own.labels },
    annotations: {
      ...foreign(kept.annotations),
      ...own.annotations,
      ...(!isWorkload(manifest) && { [LABEL.plan]: plan }),
    },
  };
  const object = { ...manifest, metadata };
  if (isNew) return createObject(cluster, object, signal);
  return replaceObject(cluster, object, signal);
}

/** Records that a workload has become ready as it was written. */
export async function recordPlan(
  cluster: Cluster,
  { wanted: { manifest, plan } }: ChangedObject,
  signal: AbortSignal,
): Promise<void> {
  const found = await readObject<ExistingObject>(cluster, manifest, signal);
  if (found === undefined) return;
  // Its controller writes its status all the time: any version may be replaced.
  const { resourceVersion: _, ...metadata } = found.metadata;
  const annotations = { ...metadata.annotations, [LABEL.plan]: plan };
  await replaceObject(cluster, { ...found, metadata: { ...metadata, annotations } }, signal);
}

/** Removes an object, and waits until it is gone. */
export async function removeObject(
  cluster: Cluster,
  object: ExistingObject,
  signal: AbortSignal,
): Promise<void> {
  await deleteObject(cluster, object);
  for (const limit = Date.now() + REMOVAL_LIMIT; await readObject(cluster, object, signal); ) {
    if (Date.now() > limit)
      throw new ConfigurationError(
        `${object.kind} ${object.metadata.name}: is still being removed; remove the pods that use it`,
      );
    await pause(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** What others have added to an object's labels or annotations. */
function foreign(entries: Labels | undefined): Labels {
  return Object.fromEntries(Object.entries(entries ?? {}).filter(([key]) => !key.startsWith("nestbox.")));
}
