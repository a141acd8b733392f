import { randomBytes } from "node:crypto";
import type { Lease } from "kubernetes-types/coordination/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL, type Labels } from "../model/labels.ts";
import { uniqueName } from "../model/names.ts";
import type { LeaseStore, StoredLease } from "../ownership/lease-store.ts";
import type { Cluster } from "./api/cluster.ts";
import { isRefused } from "./api/cluster-error.ts";
import {
  clusterTime,
  createObject,
  deleteObject,
  listObjects,
  readObject,
  replaceObject,
} from "./api/objects.ts";
import { labelValue } from "./lowering/object-labels.ts";
import { OWN_NAMESPACES } from "./tenancy/own-namespaces.ts";
import type { Tenancy } from "./tenancy/tenancy.ts";

const KIND = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;

/** The longest duration that a Lease can have, in seconds: 68 years. */
const LONGEST = 2 ** 31 - 1;

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
interface LeaseObject extends Required<Pick<Lease, "apiVersion" | "kind">>, Pick<Lease, "spec"> {
  /** The annotations have what the spec has no field for. */
  readonly metadata: ObjectMeta & { readonly name: string };
}

/**
 * The leases on a cluster: objects of the kind Lease, renewed in place.
 * @param tenancy default: each sandbox has a namespace of its own
 */
export function leaseObjects(cluster: Cluster, { leases }: Tenancy = OWN_NAMESPACES): LeaseStore {
  const { namespace } = leases;
  return {
    now: () => clusterTime(cluster),
    // The Date header has whole seconds.
    precision: 1000,
    list: async (owner) => {
      const ofOwner = owner === undefined ? {} : { [LABEL.owner]: labelValue(owner) };
      const labels = { [LABEL.kind]: "lease", ...ofOwner };
      const found = await listObjects<LeaseObject>(cluster, { ...KIND, namespace, labels });
      return found.map(storedLease);
    },
    create: async (first) => {
      let written = await createLease(cluster, manifestOf(first, namespace), leases);
      return {
        renew: async (labels) => {
          const renewed = await renewLease(cluster, written, labels);
          written = renewed ?? written;
          return renewed !== undefined;
        },
        remove: () => removeWritten(cluster, written),
      };
    },
    remove: ({ name, revision }) => removeRevision(cluster, { namespace, name }, revision),
  };
}

/** Creates a lease, and for the first one the namespace of all leases, unless it is another's. */
async function createLease(
  cluster: Cluster,
  lease: LeaseObject,
  { namespace: name, createsNamespace }: Tenancy["leases"],
): Promise<LeaseObject> {
  try {
    return await createObject(cluster, lease);
  } catch (error) {
    if (!createsNamespace || !isRefused(error, "NotFound")) throw error;
  }
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  await createObject(cluster, namespace).catch((error: unknown) => {
    if (!isRefused(error, "AlreadyExists")) throw error;
  });
  return createObject(cluster, lease);
}

/** Undefined if the lease is gone, or has another holder. */
async function renewLease(
  cluster: Cluster,
  written: LeaseObject,
  labels: Labels,
): Promise<LeaseObject | undefined> {
  const { spec, metadata: renewed } = manifestOf(labels, written.metadata.namespace);
  for (let current: LeaseObject | undefined = written; isHolder(current, written); ) {
    try {
      // With the uid and version of what it replaces: a removed lease is not created again.
      const metadata = { ...current.metadata, annotations: renewed.annotations };
      return await replaceObject(cluster, { ...current, spec, metadata });
    } catch (error) {
      if (!isRefused(error, "Conflict") && !isRefused(error, "NotFound")) throw error;
    }
    // The answer to the renewal before may have been lost.
    current = await readObject<LeaseObject>(cluster, written);
  }
  return undefined;
}

function isHolder(current: LeaseObject | undefined, written: LeaseObject): current is LeaseObject {
  return current !== undefined && current.spec?.holderIdentity === written.spec?.holderIdentity;
}

async function removeWritten(cluster: Cluster, written: LeaseObject): Promise<void> {
  const current = await readObject<LeaseObject>(cluster, written);
  if (isHolder(current, written))
    await removeRevision(cluster, written.metadata, current.metadata.resourceVersion);
}

async function removeRevision(
  cluster: Cluster,
  { namespace, name }: Pick<LeaseObject["metadata"], "namespace" | "name">,
  resourceVersion: string | undefined,
) {
  await deleteObject(cluster, { ...KIND, metadata: { namespace, name } }, { resourceVersion });
}

function manifestOf(labels: Labels, namespace: string | undefined) {
  const {
    [LABEL.holder]: holder,
    [LABEL.ends]: ends = "",
    [LABEL.renewed]: renewed = "",
    ...others
  } = labels;
  const { [LABEL.stack]: stack = "", [LABEL.covers]: covers } = labels;
  const selectors = [LABEL.owner, LABEL.project, LABEL.stack, LABEL.branch, LABEL.kind];
  const seconds = Math.ceil((Date.parse(ends) - Date.parse(renewed)) / 1000);
  return {
    ...KIND,
    metadata: {
      name: `${uniqueName(stack)}-${covers}-${randomBytes(5).toString("hex")}`,
      ...(namespace !== undefined && { namespace }),
      labels: Object.fromEntries(
        selectors.flatMap((key) => (labels[key] === undefined ? [] : [[key, labelValue(labels[key])]])),
      ),
      annotations: others,
    },
    spec: {
      ...(holder && { holderIdentity: holder }),
      renewTime: renewed.replace("Z", "000Z"),
      ...(ends !== "never" && { leaseDurationSeconds: Math.min(seconds, LONGEST) }),
    },
  };
}

/** A lease with the labels that it was written with. Other clients see times and holder in the spec. */
function storedLease({ metadata, spec = {} }: LeaseObject): StoredLease {
  const { holderIdentity = "", renewTime = "", leaseDurationSeconds: seconds } = spec;
  const end = new Date(Date.parse(renewTime) + (seconds ?? 0) * 1000);
  const labels = {
    ...metadata.annotations,
    [LABEL.kind]: "lease",
    [LABEL.holder]: holderIdentity,
    [LABEL.renewed]: renewTime,
    [LABEL.ends]: seconds === undefined ? "never" : Number.isNaN(end.getTime()) ? "" : end.toISOString(),
  };
  return { id: metadata.resourceVersion ?? "", name: metadata.name, labels };
}
