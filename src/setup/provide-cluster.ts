import { engineHost } from "../docker/engine-host.ts";
import { CLUSTER_MIRROR_VARIABLE } from "../kubernetes/cluster-network.ts";
import { cacheFolder } from "../machine/cache-folder.ts";
import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Progress } from "../terminal/progress.ts";
import { type Airgap, loadAirgap, type OwnCluster } from "./airgap.ts";
import { dockerEngine } from "./docker-engine.ts";

/** The cluster's programs cannot be compiled on this machine. */
export class ClusterUnavailable extends ConfigurationError {
  override readonly name = "ClusterUnavailable";
}

/** What the start of a cluster is told. */
export interface ClusterStart {
  readonly environment: Environment;
  readonly progress: Progress;
  /** Ends the start, with its reason as the error. */
  readonly signal: AbortSignal;
}

/**
 * Starts the Kubernetes cluster of nestbox-airgap unless it runs, and a Docker engine where none answers.
 * @param folder the project's folder
 * @throws ClusterUnavailable if it cannot be compiled
 */
export async function provideCluster(folder: string, start: ClusterStart): Promise<OwnCluster> {
  const { environment, progress, signal } = start;
  const airgap = requireAirgap(folder, environment);
  const cache = cacheFolder(environment);
  const { docker, mirror } = await dockerEngine({ ...start, airgap, cache });
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
}

/** The running cluster of nestbox-airgap, if any. */
export async function findCluster(folder: string, environment: Environment): Promise<OwnCluster | undefined> {
  const airgap = requireAirgap(folder, environment);
  return airgap.runningCluster(placeOf(airgap, environment));
}

/** The cluster of nestbox-airgap, where that is installed and the cluster runs. */
export async function ownCluster(folder: string, environment: Environment): Promise<OwnCluster | undefined> {
  const airgap = loadAirgap(folder, environment);
  try {
    return await airgap?.runningCluster(placeOf(airgap, environment));
  } catch {
    // Without an engine none runs.
    return undefined;
  }
}

/** The variables by which programs find the cluster of nestbox-airgap, unless KUBECONFIG names another. */
export async function clusterEnvironment(
  folder: string,
  environment: Environment,
): Promise<Readonly<Record<string, string>>> {
  const own = await ownCluster(folder, environment);
  const { KUBECONFIG, [CLUSTER_MIRROR_VARIABLE]: mirror = own?.mirror } = environment;
  if (own === undefined || (KUBECONFIG && KUBECONFIG !== own.kubeconfig)) return {};
  return {
    KUBECONFIG: own.kubeconfig,
    ...(mirror !== undefined && { [CLUSTER_MIRROR_VARIABLE]: mirror }),
  };
}

/** Removes the cluster of nestbox-airgap with everything in it. False if none ran. */
export async function removeCluster(folder: string, environment: Environment): Promise<boolean> {
  const airgap = requireAirgap(folder, environment);
  return airgap.stopCluster(placeOf(airgap, environment));
}

function placeOf({ dependencies }: Airgap, environment: Environment): Parameters<Airgap["stopCluster"]>[0] {
  return { cache: cacheFolder(environment), dependencies, docker: engineHost(environment) };
}

function requireAirgap(folder: string, environment: Environment): Airgap {
  const airgap = loadAirgap(folder, environment);
  if (airgap !== undefined) return airgap;
  throw new ConfigurationError(
    `${folder}: nestbox-airgap, which starts clusters, is not installed; run npm install, ` +
      "or set KUBECONFIG to a cluster of your own",
  );
}
