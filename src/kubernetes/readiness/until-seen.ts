import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { NamespaceWatch } from "./namespace-watch.ts";

/** Waits until a watch has a workload as it was written: it may still show the one before. */
export async function untilSeen(
  { until }: NamespaceWatch,
  { uid, generation = 0 }: Readonly<Pick<ObjectMeta, "uid" | "generation">>,
  signal: AbortSignal,
): Promise<void> {
  await until(
    ({ deployments, jobs }) =>
      [...deployments, ...jobs].find(
        ({ metadata }) => metadata?.uid === uid && (metadata?.generation ?? 0) >= generation,
      ),
    signal,
  );
}
