import * as pulumi from "@pulumi/pulumi";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { readObject } from "../../kubernetes/api/objects.ts";
import type { KubernetesService } from "../../kubernetes/lowering/workload.ts";
import { type NamespaceWatch, watchNamespace } from "../../kubernetes/readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../../kubernetes/readiness/wait-until-ready.ts";
import { NotAwaited, waitTogether } from "../sandbox/wait-together.ts";
import type { KubernetesObject } from "./create-object.ts";

/** A service whose workload has been created. */
export interface PodGateArgs {
  /** The service's name in errors: `shop.services.database`. */
  readonly place: string;
  readonly service: KubernetesService;
  /** The keys of the services that its pod waits for. */
  readonly dependencies: readonly string[];
  readonly workload: KubernetesObject;
  /** The dependencies of the workload's creation. */
  readonly after: pulumi.Output<unknown>;
}

/**
 * The services of a namespace that are waited for. One watch serves all.
 *
 * The program waits instead of the provider, which waits ten minutes for a pod that fails, and shows none of
 * its output.
 */
export class PodGates {
  readonly #context: pulumi.Output<KubernetesContext>;
  readonly #namespace: string;
  readonly #failed = new Map<string, AbortController>();
  #watch: { readonly watch: NamespaceWatch; readonly end: AbortController } | undefined;
  #open = 0;

  constructor(context: pulumi.Output<KubernetesContext>, namespace: string) {
    this.#context = context;
    this.#namespace = namespace;
  }

  /** An output that resolves once a service is ready. In a preview it resolves with its workload. */
  gate({ place, service, dependencies, workload, after }: PodGateArgs): pulumi.Output<unknown> {
    if (pulumi.runtime.isDryRun()) return workload.id;
    const input = pulumi.all([this.#context, workload.metadata] as const);
    return waitTogether({
      ...{ place, after, input },
      wait: ([context, metadata]) => this.#wait(context, service, dependencies, metadata),
    });
  }

  async #wait(
    context: KubernetesContext,
    service: KubernetesService,
    dependencies: readonly string[],
    { uid, generation = 0 }: { readonly uid?: string; readonly generation?: number },
  ): Promise<void> {
    const watch = this.#openWatch(context);
    const { workload } = service;
    const signal = AbortSignal.any(dependencies.map((key) => this.#failureOf(key).signal));
    try {
      const existing = await readObject<{ readonly metadata: ObjectMeta }>(watch.cluster, workload, signal);
      // Pulumi's state still has what was removed by hand.
      if (existing?.metadata.uid !== uid)
        throw new Error(`its ${workload.kind} was removed by hand; run pulumi up --refresh`);
      // The watch may still show what it was before its update.
      await watch.until(
        ({ deployments, jobs }) =>
          [...deployments, ...jobs].some(
            ({ metadata }) => metadata?.uid === uid && (metadata?.generation ?? 0) >= generation,
          ) || undefined,
        signal,
      );
      await waitUntilPodReady({ watch, service, signal });
    } catch (error) {
      this.#failureOf(service.key).abort();
      throw signal.aborted ? new NotAwaited(service.key) : error;
    } finally {
      this.#closeWatch();
    }
  }

  #failureOf(key: string): AbortController {
    const controller = this.#failed.get(key) ?? new AbortController();
    this.#failed.set(key, controller);
    return controller;
  }

  #openWatch(context: KubernetesContext): NamespaceWatch {
    this.#open += 1;
    if (this.#watch === undefined) {
      const end = new AbortController();
      this.#watch = { watch: watchNamespace(clusterOf(context), this.#namespace, end.signal), end };
    }
    return this.#watch.watch;
  }

  #closeWatch(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#watch?.end.abort();
    this.#watch = undefined;
  }
}
