import { engineHost } from "../docker/engine-host.ts";
import { cacheFolder } from "../machine/cache-folder.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import { type Airgap, loadAirgap, type OwnCluster } from "./airgap.ts";
import { dockerEngine } from "./docker-engine.ts";
import { interruptible } from "./interruption.ts";

/** The cluster's programs cannot be compiled on this machine. */
export class ClusterUnavailable extends ConfigurationError {
  override readonly name = "ClusterUnavailable";
}

/**
 * Starts the Kubernetes cluster of nestbox-airgap unless it runs, and a Docker engine where none answers.
 * @param folder the project's folder
 * @throws ClusterUnavailable if it cannot be compiled
 */
export async function provideCluster(folder: string, progress: Progress): Promise<OwnCluster> {
  const airgap = requireAirgap(folder);
  const cache = cacheFolder();
  return interruptible(async (signal) => {
    const { docker, mirror } = await dockerEngine(cache, airgap, progress, signal);
    return progress.step("Kubernetes cluster", async (step) => {
      const { dependencies } = airgap;
      const request = { cache, dependencies, docker, mirror, signal, onDetail: step.detail };
      const cluster = await airgap.startCluster(request).catch((error: unknown) => {
        if (!(error instanceof airgap.CannotCompile)) throw error;
        throw new ClusterUnavailable(`Kubernetes cluster: ${error.message}`);
      });
      step.result(`Kubernetes ${cluster.version}, one node`);
      return cluster;
    });
  }, progress.close);
}

/** The running cluster of nestbox-airgap, if any. */
export async function findCluster(folder: string): Promise<OwnCluster | undefined> {
  const airgap = requireAirgap(folder);
  return airgap.runningCluster(placeOf(airgap));
}

/** The cluster of nestbox-airgap, where that is installed and the cluster runs. */
export async function ownCluster(folder: string): Promise<OwnCluster | undefined> {
  const airgap = loadAirgap(folder);
  // Without an engine none runs.
  return airgap?.runningCluster(placeOf(airgap)).catch(() => undefined);
}

/** Removes the cluster of nestbox-airgap with everything in it. False if none ran. */
export async function removeCluster(folder: string): Promise<boolean> {
  const airgap = requireAirgap(folder);
  return airgap.stopCluster(placeOf(airgap));
}

function placeOf({ dependencies }: Airgap): Parameters<Airgap["stopCluster"]>[0] {
  return { cache: cacheFolder(), dependencies, docker: engineHost() };
}

function requireAirgap(folder: string): Airgap {
  const airgap = loadAirgap(folder);
  if (airgap !== undefined) return airgap;
  throw new ConfigurationError(
    `${folder}: nestbox-airgap, which starts clusters, is not installed; run npm install, ` +
      "or set KUBECONFIG to a cluster of your own",
  );
}
