import * as pulumi from "@pulumi/pulumi";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { readObject } from "../../kubernetes/api/objects.ts";
import type { SandboxScope } from "../../kubernetes/lowering/sandbox-scope.ts";
import type { KubernetesService } from "../../kubernetes/lowering/workload.ts";
import { type NamespaceWatch, watchNamespace } from "../../kubernetes/readiness/namespace-watch.ts";
import { untilSeen } from "../../kubernetes/readiness/until-seen.ts";
import { waitUntilPodReady } from "../../kubernetes/readiness/wait-until-ready.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { NotAwaited, waitTogether } from "../sandbox/wait-together.ts";
import type { KubernetesObject } from "./create-object.ts";

/** A service whose workload has been created. */
export interface CreatedWorkload {
  /** The service's name in errors: `shop.services.database`. */
  readonly place: string;
  readonly service: KubernetesService;
  readonly workload: KubernetesObject;
  /** The dependencies of the workload's creation. */
  readonly after: pulumi.Output<unknown>;
}

/**
 * Returns a function whose output resolves once a service is ready, in a preview with its workload. One watch
 * serves all services. One that fails ends the waits for those that depend on it.
 *
 * The program waits instead of the provider, which waits ten minutes for a pod that fails, and shows none of
 * its output.
 */
export function podGate(context: pulumi.Output<KubernetesContext>, scope: SandboxScope, { services }: Plan) {
  const failures = new Map(services.map(({ key }) => [key, new AbortController()]));
  let open = 0;
  let end = new AbortController();
  let watch: NamespaceWatch | undefined;

  async function wait(known: KubernetesContext, service: KubernetesService, metadata: ObjectMeta) {
    const { after = {} } = services.find(({ key }) => key === service.key) ?? {};
    const signal = AbortSignal.any(Object.keys(after).flatMap((key) => failures.get(key)?.signal ?? []));
    open += 1;
    watch ??= watchNamespace(clusterOf(known, process.env), scope, end.signal);
    try {
      await untilWritten(watch, service, metadata, signal);
      await waitUntilPodReady({ watch, service, signal });
    } catch (error) {
      failures.get(service.key)?.abort();
      throw signal.aborted ? new NotAwaited(service.key) : error;
    } finally {
      open -= 1;
      if (open === 0) {
        end.abort();
        end = new AbortController();
        watch = undefined;
      }
    }
  }

  return ({ place, service, workload, after }: CreatedWorkload): pulumi.Output<unknown> => {
    if (pulumi.runtime.isDryRun()) return workload.id;
    const input = pulumi.all([context, workload.metadata] as const);
    return waitTogether({ place, after, input, wait: ([known, found]) => wait(known, service, found) });
  };
}

/** Waits until a watch has a workload as Pulumi has written it. */
async function untilWritten(
  watch: NamespaceWatch,
  { workload }: KubernetesService,
  metadata: ObjectMeta,
  signal: AbortSignal,
): Promise<void> {
  const existing = await readObject<Job | Deployment>(watch.cluster, workload, signal);
  // Pulumi's state still has what was removed by hand.
  if (existing?.metadata?.uid !== metadata.uid)
    throw new Error(`its ${workload.kind} was removed by hand; run pulumi up --refresh`);
  await untilSeen(watch, metadata, signal);
}
