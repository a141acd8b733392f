import { createInterface } from "node:readline";
import type { Labels } from "../../model/labels.ts";
import type { Cluster } from "./cluster.ts";
import { isRefused, KubernetesRefused } from "./cluster-error.ts";
import { collectionPath, type ObjectReference, objectPath } from "./object-path.ts";
import { askKubernetes, callKubernetes } from "./request.ts";

/**
 * The manager of the fields that Nestbox sets:
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
const FIELD_MANAGER = "nestbox";

export interface ObjectQuery {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default all namespaces */
  readonly namespace?: string;
  /** The labels that they have. An empty value: the label with any value. @default any */
  readonly labels?: Labels;
  /** The name of the only one. @default any */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** An object as far as it is told from others of its kind. */
interface NamedObject {
  readonly metadata?: Partial<ObjectReference["metadata"]>;
}

/** A change of an object that is watched. */
export interface ObjectEvent<Kind> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Kind;
}

/**
 * Creates an object, which must not exist. One with `generateName` gets a name of its own.
 * @throws KubernetesRefused with the reason AlreadyExists, or as callKubernetes does
 */
export function createObject<Kind extends ObjectReference>(
  cluster: Cluster,
  manifest: Kind,
  signal?: AbortSignal,
): Promise<Kind> {
  const { apiVersion, kind, metadata } = manifest;
  const path = `${collectionPath(apiVersion, kind, metadata.namespace)}?fieldManager=${FIELD_MANAGER}`;
  return askKubernetes(cluster, { method: "POST", path, body: manifest, signal });
}

/**
 * Replaces an object. One with a `resourceVersion` must not have changed since it was read.
 * @throws KubernetesRefused with the reason Conflict or NotFound, or as callKubernetes does
 */
export function replaceObject<Kind extends ObjectReference>(
  cluster: Cluster,
  object: Kind,
  signal?: AbortSignal,
): Promise<Kind> {
  const path = `${objectPath(object)}?fieldManager=${FIELD_MANAGER}`;
  return askKubernetes(cluster, { method: "PUT", path, body: object, signal });
}

/** Reads an object; undefined if it does not exist. @throws as callKubernetes does */
export function readObject<Kind>(
  cluster: Cluster,
  reference: ObjectReference,
  signal?: AbortSignal,
): Promise<Kind | undefined> {
  return unlessMissing(askKubernetes(cluster, { method: "GET", path: objectPath(reference), signal }));
}

/** Lists objects. @throws as callKubernetes does */
export async function listObjects<Kind>(cluster: Cluster, query: ObjectQuery): Promise<readonly Kind[]> {
  const { items } = await listWithVersion<Kind>(cluster, query);
  return items;
}

/**
 * Removes an object with everything that it owns, in the background.
 * @param only the object or version of it to remove; another one of its name stays. Default: any
 * @returns whether it existed
 * @throws as callKubernetes does
 */
export async function deleteObject(
  cluster: Cluster,
  reference: ObjectReference,
  only?: { readonly uid?: string; readonly resourceVersion?: string | undefined },
): Promise<boolean> {
  const options = { propagationPolicy: "Background", preconditions: only };
  const body = { kind: "DeleteOptions", apiVersion: "v1", ...options };
  try {
    const request = { method: "DELETE", path: objectPath(reference), body } as const;
    return (await unlessMissing(askKubernetes<object>(cluster, request))) !== undefined;
  } catch (error) {
    if (only === undefined || !isRefused(error, "Conflict")) throw error;
    return false;
  }
}

/**
 * Removes the objects of a kind with these labels.
 * @param propagation `Foreground`: what they own goes before them. Default: in the background
 * @throws as callKubernetes does
 */
export async function deleteObjects(
  cluster: Cluster,
  query: ObjectQuery & { readonly namespace: string; readonly labels: Labels },
  propagation: "Background" | "Foreground" = "Background",
): Promise<void> {
  const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: propagation };
  await askKubernetes(cluster, { method: "DELETE", path: queryPath(query, {}), body });
}

/**
 * The objects as they are, then each change of them, until the signal ends it. A watch that the API server
 * ends starts again from the list, and reports what was removed in between.
 * @throws the signal's reason, or as callKubernetes does
 */
export async function* watchObjects<Kind extends NamedObject>(
  cluster: Cluster,
  query: ObjectQuery & { readonly signal: AbortSignal },
): AsyncGenerator<ObjectEvent<Kind>> {
  let known = new Map<string, Kind>();
  for (;;) {
    const { items, resourceVersion } = await listWithVersion<Kind>(cluster, query);
    const listed = new Map(items.map((object) => [keyOf(object), object]));
    for (const [key, object] of known) if (!listed.has(key)) yield { type: "DELETED", object };
    for (const object of items) yield { type: "ADDED", object };
    known = listed;
    const path = queryPath(query, { watch: "1", resourceVersion, allowWatchBookmarks: "false" });
    const answer = await callKubernetes(cluster, { method: "GET", path, signal: query.signal });
    try {
      for await (const line of createInterface({ input: answer })) {
        const event = JSON.parse(line) as ObjectEvent<Kind> | { readonly type: "ERROR" };
        if (event.type === "ERROR") break;
        if (event.type === "DELETED") known.delete(keyOf(event.object));
        else known.set(keyOf(event.object), event.object);
        yield event;
      }
    } catch {
      // The connection broke: the next list says whether the server is still there.
    } finally {
      answer.destroy();
    }
    query.signal.throwIfAborted();
  }
}

function keyOf({ metadata: { namespace = "", name = "" } = {} }: NamedObject): string {
  return `${namespace}/${name}`;
}

/** The time of the API server's clock in milliseconds since 1970, in whole seconds. */
export async function clusterTime(cluster: Cluster): Promise<number> {
  const answer = await callKubernetes(cluster, { method: "GET", path: "/version" });
  answer.resume();
  return Date.parse(answer.headers.date ?? "");
}

async function listWithVersion<Kind>(cluster: Cluster, query: ObjectQuery) {
  const { apiVersion, kind, signal } = query;
  const { items, metadata } = await askKubernetes<{
    readonly items: readonly Kind[];
    readonly metadata: { readonly resourceVersion: string };
  }>(cluster, { method: "GET", path: queryPath(query, {}), signal });
  // A list leaves out what all its items share.
  return {
    items: items.map((item) => ({ apiVersion, kind, ...item })),
    resourceVersion: metadata.resourceVersion,
  };
}

function queryPath(
  { apiVersion, kind, namespace, labels = {}, name }: ObjectQuery,
  options: Readonly<Record<string, string>>,
): string {
  const selector = Object.entries(labels).map(([key, value]) => (value === "" ? key : `${key}=${value}`));
  const parameters = new URLSearchParams({
    ...(selector.length > 0 && { labelSelector: selector.join(",") }),
    ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
    ...options,
  });
  return `${collectionPath(apiVersion, kind, namespace)}?${parameters}`;
}

async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubernetesRefused && error.status === 404) return undefined;
    throw error;
  }
}
