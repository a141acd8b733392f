import path from "node:path";
import { type Invocation, interruptible } from "../../sandbox/invocation.ts";
import type { OwnCluster } from "../../setup/airgap.ts";
import { findCluster, provideCluster, removeCluster } from "../../setup/provide-cluster.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ClusterAnswer } from "../answers/answers.ts";

const NONE = "no cluster started by nestbox is running\n";

/**
 * `nestbox cluster start`: starts a Kubernetes cluster of one node on the Docker engine, and prints how to
 * use it.
 * @param project the project's folder or a folder below it
 * @throws ConfigurationError if nestbox-airgap is not installed or cannot compile Kubernetes
 */
export async function startProjectCluster(project: string, invocation: Invocation): Promise<number> {
  const { progress, stdout, environment } = invocation;
  const cluster = await interruptible(invocation, (signal) =>
    provideCluster(path.resolve(project), { environment, progress, signal }),
  );
  stdout.write(describe(cluster));
  return 0;
}

/** `nestbox cluster stop`: removes that cluster with everything in it. */
export async function stopProjectCluster(
  project: string,
  { stdout, environment }: Invocation,
): Promise<number> {
  const stopped = await removeCluster(path.resolve(project), environment);
  stdout.write(stopped ? "stopped the cluster that nestbox started\n" : NONE);
  return 0;
}

/**
 * `nestbox cluster status`: prints how to use that cluster.
 * @returns 1 if it does not run
 */
export async function printProjectCluster(
  project: string,
  { json = false }: { readonly json?: boolean },
  { stdout, environment }: Invocation,
): Promise<number> {
  const cluster = await findCluster(path.resolve(project), environment);
  const asText = () => (cluster === undefined ? NONE : describe(cluster));
  const answer = cluster ?? { next: ["npx nestbox cluster start"] };
  stdout.write(json ? answerText<ClusterAnswer>(answer) : asText());
  return cluster === undefined ? 1 : 0;
}

function describe({ version, kubeconfig, kubectl }: OwnCluster): string {
  const rows = [
    `Kubernetes ${version}, one node; use it with`,
    `  export KUBECONFIG=${kubeconfig}`,
    ...(kubectl === undefined ? [] : [`  export PATH=$PATH:${path.dirname(kubectl)}  # its kubectl`]),
  ];
  return `${rows.join("\n")}\n`;
}
