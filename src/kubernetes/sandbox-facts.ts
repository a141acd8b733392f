import { setTimeout as pause } from "node:timers/promises";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Pod, PodTemplateSpec, Secret } from "kubernetes-types/core/v1.js";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Cluster } from "./api/cluster.ts";
import { listObjects, readObject } from "./api/objects.ts";
import { SECRET_NAME } from "./lowering/pod-environment.ts";
import { nameIn, type SandboxScope, scopeLabels, scopeName } from "./lowering/sandbox-scope.ts";
import { containerState, metCondition } from "./readiness/object-status.ts";
import type { FoundRoot, Tenancy } from "./tenancy/tenancy.ts";

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
 * @param sought.owner the owner that its root must have
 * @param sought.waits whether to wait for the end of a sandbox that is being removed
 * @param sought.signal ends the wait
 * @throws ConfigurationError for a sandbox of another owner, and for one that does not end; as
 * callKubernetes does
 */
export async function readSandboxFacts(
  cluster: Cluster,
  tenancy: Tenancy,
  sought: {
    readonly scope: SandboxScope;
    readonly owner: string;
    readonly waits: boolean;
    readonly signal?: AbortSignal;
  },
): Promise<SandboxFacts> {
  const { scope, owner, waits, signal } = sought;
  const { namespace } = scope;
  const found = await remainingRoot(cluster, tenancy, { scope, waits, signal });
  if (found === undefined) return { attempts: {} };
  const { [LABEL.owner]: actual, [LABEL.created]: created } = found.metadata.annotations ?? {};
  if (actual !== owner)
    throw new ConfigurationError(
      `${tenancy.noun} ${scopeName(scope)}: ` +
        `${actual === undefined ? "is not of Nestbox" : `belongs to ${actual}`}; ` +
        "remove it, or set namespacePrefix in nestbox:kubernetes",
    );
  const metadata = { name: nameIn(scope, SECRET_NAME), namespace };
  const secret = { apiVersion: "v1", kind: "Secret", metadata };
  const ofServices = { namespace, labels: { ...scopeLabels(scope), [LABEL.kind]: "service" } };
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

/** The root of a sandbox, unless that is being removed. */
async function remainingRoot(
  cluster: Cluster,
  tenancy: Tenancy,
  {
    scope,
    waits,
    signal,
  }: { readonly scope: SandboxScope; readonly waits: boolean; readonly signal: AbortSignal | undefined },
): Promise<FoundRoot | undefined> {
  const limit = Date.now() + REMOVAL_LIMIT;
  for (;;) {
    const found = await tenancy.readRoot(cluster, scope);
    if (found?.removal === undefined) return found;
    if (!waits) return undefined;
    const { isInterrupted, reason } = found.removal;
    if (isInterrupted) await tenancy.remove(cluster, scope, found.metadata.uid);
    if (Date.now() > limit)
      throw new ConfigurationError(
        `${tenancy.noun} ${scopeName(scope)}: is still being removed (${reason || "no reason given"}); ` +
          "remove what holds it",
      );
    await pause(PAUSE, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function attemptOf(job: Job, pods: readonly Pod[]): readonly [string, number] {
  const { metadata, spec } = job;
  const attempt = attemptsIn(spec?.template);
  const own = pods.filter((pod) => pod.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid));
  // The Job follows its pod by seconds.
  const hasFailed = own.some(hasFailedContainer) || metCondition(job, "Failed") !== undefined;
  return [metadata?.labels?.[LABEL.part] ?? "", hasFailed ? attempt + 1 : attempt];
}

/** The number of replacements after failures, as the template of a workload counts them. */
export function attemptsIn(template: PodTemplateSpec | undefined): number {
  return Number(template?.metadata?.labels?.[LABEL.attempt] ?? 0);
}

/** The kubelet reports the end of a container before that of its pod. */
function hasFailedContainer(pod: Pod): boolean {
  const { exitCode = 0 } = containerState(pod)?.terminated ?? {};
  return pod.status?.phase === "Failed" || exitCode !== 0;
}
