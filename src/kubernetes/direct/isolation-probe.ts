import { execInPod } from "../api/exec-in-pod.ts";
import { createObject, deleteObject } from "../api/objects.ts";
import { helperContainer } from "../lowering/helper-container.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import type { PodProbe } from "../lowering/manifest.ts";
import { imagePullSecrets } from "../lowering/pod-template.ts";
import type { NamespaceWatch } from "../readiness/namespace-watch.ts";

/** A port that a pod without privileges may listen on. */
const PORT = 8080;

/** It needs a new `nc` for each connection: not each BusyBox keeps listening. */
const LISTEN = `while :; do nc -l -p ${PORT} -e true; done`;

/**
 * Whether a namespace's policies hold: they allow its pods no connections but by the labels of networks, so
 * that two pods without such labels must not reach each other. Network plugins without policies accept and
 * ignore them.
 *
 * @throws the signal's reason if the two pods do not start; as callKubernetes does
 */
export async function enforcesPolicies(
  watch: NamespaceWatch,
  placement: KubernetesPlacement,
  signal: AbortSignal,
): Promise<boolean> {
  const { cluster, namespace } = watch;
  const readinessProbe = { tcpSocket: { port: PORT }, periodSeconds: 1 };
  const server = probePod("isolation-server", LISTEN, placement, { readinessProbe });
  const client = probePod("isolation-client", "while :; do sleep 60; done", placement);
  try {
    await Promise.all([server, client].map((pod) => createObject(cluster, pod, signal)));
    // The kubelet's own probe reaches the server in spite of the policies.
    const address = await untilReady(watch, server.metadata.name, signal);
    await untilReady(watch, client.metadata.name, signal);
    const container = { namespace, pod: client.metadata.name, container: client.metadata.name };
    const attempt = `nc -w 1 ${address} ${PORT} -e true`;
    const words = ["sh", "-c", `${attempt} || ${attempt}`];
    return (await execInPod(cluster, container, { words, signal })) !== 0;
  } finally {
    for (const pod of [server, client]) await deleteObject(cluster, pod);
  }
}

/** Waits until a pod is ready, and returns its address. */
function untilReady(watch: NamespaceWatch, name: string, signal: AbortSignal): Promise<string> {
  return watch.until(({ pods }) => {
    const status = pods.find(({ metadata }) => metadata?.name === name)?.status;
    return status?.containerStatuses?.[0]?.ready ? status.podIP : undefined;
  }, signal);
}

function probePod(
  name: string,
  script: string,
  placement: KubernetesPlacement,
  readiness: { readonly readinessProbe?: PodProbe } = {},
) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: placement.namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...imagePullSecrets(placement),
      containers: [{ ...helperContainer(name, script, placement), ...readiness }],
    },
  };
}
