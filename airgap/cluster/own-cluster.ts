import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { DockerHost, Task } from "../dependencies.ts";
import type { BuildRequest } from "../images/build.ts";
import { KUBERNETES_VERSION } from "../images/compiled-programs.ts";
import { NODE_IMAGE, nodePrograms, provideNodeImage } from "./node-image.ts";

/** A running cluster. */
export interface Cluster {
  /** The file with its address and the administrator's token, for KUBECONFIG. */
  readonly kubeconfig: string;
  readonly version: string;
  /** The path of the kubectl of its version, if it was compiled with this cache folder. */
  readonly kubectl?: string;
  /** The registry mirror of its node, which its pods reach as well. */
  readonly mirror?: string;
}

/** The place of a cluster. */
export type ClusterPlace = Pick<Task, "cache" | "dependencies"> & { readonly docker: DockerHost };

/** The cluster did not become ready. */
export class ClusterFailed extends Error {
  override readonly name = "ClusterFailed";
}

/** The name of the container, and of the node in it. An engine has one such cluster, for all projects. */
const NODE = "nestbox-cluster";
/** The label of its container with the registry mirror of its node. */
const MIRROR_LABEL = "nestbox-airgap.registry-mirror";
const ADMIN_KUBECONFIG = "/var/lib/kubernetes/pki/admin.kubeconfig";
/** The last line that start-node.sh prints. */
const READY = "ready";
/** The number of output lines in the error of a failed start. */
const LAST_LINES = 12;

/** The cluster that {@link startCluster} started, if it runs. */
export async function runningCluster(place: ClusterPlace): Promise<Cluster | undefined> {
  const node = await findNode(place);
  if (node?.State !== "running" || !existsSync(kubeconfigPath(place.cache))) return undefined;
  return describeCluster(place.cache, node.Labels[MIRROR_LABEL]);
}

/**
 * Starts a cluster of one node in a privileged container, unless it runs, and waits until it is ready. It
 * continues after this process; {@link stopCluster} removes it. The first start compiles Kubernetes, which
 * takes minutes.
 *
 * @throws ClusterFailed with the node's last output lines, or as compileGoPrograms does
 */
export async function startCluster(request: BuildRequest): Promise<Cluster> {
  const { cache, dependencies, docker, onDetail } = request;
  const giveBack = await dependencies.acquireLock(`${docker.host} ${NODE}`, (holder) =>
    onDetail(`waiting for process ${holder}`),
  );
  try {
    await provideNodeImage(request);
    onDetail("starting");
    if ((await findNode(request))?.State !== "running") await createNode(request);
    await untilReady(request);
    const kubeconfig = await readKubeconfig(request);
    replaceFile(kubeconfigPath(cache), (file) => writeFileSync(file, kubeconfig, { mode: 0o600 }));
    return describeCluster(cache, request.mirror);
  } finally {
    await giveBack();
  }
}

/** Removes the cluster with everything in it; false if there was none. */
export async function stopCluster({ cache, dependencies, docker }: ClusterPlace): Promise<boolean> {
  const giveBack = await dependencies.acquireLock(`${docker.host} ${NODE}`);
  try {
    rmSync(kubeconfigPath(cache), { force: true });
    return await dependencies.removeContainer(docker, NODE);
  } finally {
    await giveBack();
  }
}

function describeCluster(cache: string, mirror?: string): Cluster {
  const kubectl = linkKubectl(cache);
  return {
    kubeconfig: kubeconfigPath(cache),
    version: KUBERNETES_VERSION,
    ...(kubectl !== undefined && { kubectl }),
    ...(mirror ? { mirror } : {}),
  };
}

/** The link named kubectl to the program of all parts; undefined if it was not compiled here. */
function linkKubectl(cache: string): string | undefined {
  const program = join(nodePrograms(cache), "kubernetes");
  if (!existsSync(program)) return undefined;
  const kubectl = join(cache, "cluster", "bin", "kubectl");
  replaceFile(kubectl, (file) => symlinkSync(program, file));
  return kubectl;
}

/** Replaces a file that other processes read: at every moment they find the old one or the new one. */
function replaceFile(target: string, write: (file: string) => void): void {
  const temporary = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  rmSync(temporary, { force: true });
  write(temporary);
  renameSync(temporary, target);
}

function kubeconfigPath(cache: string): string {
  return join(cache, "cluster", "kubeconfig");
}

interface NodeContainer {
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

async function findNode({ docker, dependencies }: ClusterPlace): Promise<NodeContainer | undefined> {
  const filters = encodeURIComponent(JSON.stringify({ name: [NODE] }));
  const found = await dependencies.askDocker(docker, `/containers/json?all=1&filters=${filters}`);
  // The filter also finds names that contain this one.
  return (found as readonly NodeContainer[]).find(({ Names }) => Names.includes(`/${NODE}`));
}

async function createNode({ dependencies, docker, mirror }: BuildRequest): Promise<void> {
  await dependencies.removeContainer(docker, NODE);
  const create = await dependencies.callDocker(docker, {
    method: "POST",
    path: `/containers/create?name=${NODE}`,
    body: {
      Image: NODE_IMAGE.name,
      Hostname: NODE,
      Env: [`NODE=${NODE}`, `MIRROR=${mirror ?? ""}`],
      Labels: { [MIRROR_LABEL]: mirror ?? "" },
      // Its log is its output then, without frames.
      Tty: true,
      HostConfig: {
        Privileged: true,
        // The kubelet sees its container's own cgroup as the root.
        CgroupnsMode: "private",
        Tmpfs: { "/run": "", "/tmp": "" },
      },
    },
  });
  create.resume();
  const start = await dependencies.callDocker(docker, { method: "POST", path: `/containers/${NODE}/start` });
  start.resume();
}

async function untilReady({ dependencies, docker, signal }: BuildRequest): Promise<void> {
  const log = await dependencies.callDocker(docker, {
    method: "GET",
    path: `/containers/${NODE}/logs?follow=1&stdout=1`,
    signal,
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: log })) {
      if (line === READY) return;
      lines.push(`\n    ${line}`);
    }
  } finally {
    log.destroy();
  }
  signal?.throwIfAborted();
  throw new ClusterFailed(
    `Kubernetes cluster: the node did not start; see docker logs ${NODE}, which ends with:` +
      lines.slice(-LAST_LINES).join(""),
  );
}

/** The administrator's kubeconfig with the node's address as this machine reaches it. */
async function readKubeconfig(request: BuildRequest): Promise<string> {
  const { dependencies, docker } = request;
  const networks = (await findNode(request))?.NetworkSettings.Networks ?? {};
  const [network] = Object.values(networks);
  const kubeconfig = await dependencies.readContainerFile(docker, NODE, ADMIN_KUBECONFIG);
  if (network === undefined || kubeconfig === undefined)
    throw new ClusterFailed("Kubernetes cluster: the node has ended; run nestbox cluster start again");
  return kubeconfig.replace("https://127.0.0.1:", `https://${network.IPAddress}:`);
}
