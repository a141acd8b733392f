import { setTimeout as pause } from "node:timers/promises";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Namespace, Pod, Secret } from "kubernetes-types/core/v1.js";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Cluster } from "./api/cluster.ts";
import { listObjects, readObject } from "./api/objects.ts";
import { SECRET_NAME } from "./lowering/pod-environment.ts";
import { metCondition } from "./readiness/object-status.ts";

/** What a cluster knows of a sandbox that is about to be created or updated. */
export interface SandboxFacts {
  /** When it was first created, in ISO 8601. Absent before that. */
  readonly created?: string;
  /** The key of its secrets' revisions. Absent before the first. */
  readonly revisionKey?: string;
  /** The replacements of each service that completes, by key. One that has failed counts as replaced. */
  readonly attempts: Readonly<Record<string, number>>;
}

/** The key of the Secret that holds the key of the revisions. No secret has a name with a dot. */
export const REVISION_KEY = ".revisions";

/** Milliseconds for a namespace that is being removed. */
const REMOVAL_LIMIT = 60_000;
/** Milliseconds between two looks at it. */
const PAUSE = 200;

/**
 * Reads what a cluster knows of a sandbox.
 * @param sought.owner the owner that the namespace must have
 * @param sought.waits whether to wait for the end of a namespace that is being removed
 * @throws ConfigurationError for a namespace of another owner, and for one that does not end; as
 * callKubernetes does
 */
export async function readSandboxFacts(
  cluster: Cluster,
  sought: { readonly namespace: string; readonly owner: string; readonly waits: boolean },
): Promise<SandboxFacts> {
  const { namespace, owner, waits } = sought;
  const found = await remainingNamespace(cluster, namespace, waits);
  if (found === undefined) return { attempts: {} };
  const { [LABEL.owner]: actual, [LABEL.created]: created } = found.metadata?.annotations ?? {};
  if (actual !== owner)
    throw new ConfigurationError(
      `namespace ${namespace}: ${actual === undefined ? "is not of Nestbox" : `belongs to ${actual}`}; ` +
        "remove it, or set namespacePrefix in nestbox:kubernetes",
    );
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: SECRET_NAME, namespace } };
  const ofServices = { namespace, labels: { [LABEL.kind]: "service" } };
  const [secrets, jobs, pods] = await Promise.all([
    readObject<Secret>(cluster, secret),
    listObjects<Job>(cluster, { apiVersion: "batch/v1", kind: "Job", ...ofServices }),
    listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", ...ofServices }),
  ]);
  const key = secrets?.data?.[REVISION_KEY];
  return {
    ...(created !== undefined && { created }),
    ...(key !== undefined && { revisionKey: Buffer.from(key, "base64").toString() }),
    attempts: Object.fromEntries(jobs.map((job) => attemptOf(job, pods))),
  };
}

/** The namespace, unless it is being removed. */
async function remainingNamespace(
  cluster: Cluster,
  name: string,
  waits: boolean,
): Promise<Namespace | undefined> {
  const limit = Date.now() + REMOVAL_LIMIT;
  for (;;) {
    const reference = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    const found = await readObject<Namespace>(cluster, reference);
    if (found?.metadata?.deletionTimestamp === undefined) return found;
    if (!waits) return undefined;
    if (Date.now() > limit) throw new ConfigurationError(`namespace ${name}: ${holdOf(found)}`);
    await pause(PAUSE);
  }
}

/** What keeps a namespace from ending. */
function holdOf({ status }: Namespace): string {
  const held = (status?.conditions ?? [])
    .filter(({ type, status: value }) => value === "True" && type !== "NamespaceDeletionDiscoveryFailure")
    .map(({ message }) => message);
  return `is still being removed (${held.join("; ") || "no reason given"}); remove what holds it`;
}

function attemptOf(job: Job, pods: readonly Pod[]): readonly [string, number] {
  const { metadata, spec } = job;
  const attempt = Number(spec?.template.metadata?.labels?.[LABEL.attempt] ?? 0);
  const own = pods.filter((pod) => pod.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid));
  // The Job follows its pod by seconds.
  const hasFailed = own.some(hasFailedContainer) || metCondition(job, "Failed") !== undefined;
  return [metadata?.labels?.[LABEL.part] ?? "", hasFailed ? attempt + 1 : attempt];
}

/** The kubelet reports the end of a container before that of its pod. */
function hasFailedContainer({ status }: Pod): boolean {
  const ended = (status?.containerStatuses ?? []).flatMap(({ state }) => state?.terminated ?? []);
  return status?.phase === "Failed" || ended.some(({ exitCode }) => exitCode !== 0);
}
