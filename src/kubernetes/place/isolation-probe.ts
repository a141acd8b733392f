import { LABEL } from "../../model/labels.ts";
import { execInPod } from "../api/exec-in-pod.ts";
import { createObject, deleteObject } from "../api/objects.ts";
import { helperContainer } from "../lowering/helper-container.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import type { PodProbe } from "../lowering/manifest.ts";
import { settingsOfPods } from "../lowering/pod-template.ts";
import { nameIn, scopeLabels } from "../lowering/sandbox-scope.ts";
import type { NamespaceWatch } from "../readiness/namespace-watch.ts";
import { PROBE } from "../tenancy/remove-inside.ts";

/** A port that a pod without privileges may listen on. */
const PORT = 8080;

/** The user `nobody`, of every image. The pods meet each level of Pod Security. */
const NOBODY = { user: "65534:65534" };

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
  const server = probePod(nameIn(placement, "isolation-server"), LISTEN, placement, { readinessProbe });
  const client = probePod(nameIn(placement, "isolation-client"), "while :; do sleep 60; done", placement);
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
    const own = status?.containerStatuses?.find((container) => container.name === name);
    return own?.ready ? status?.podIP : undefined;
  }, signal);
}

function probePod(
  name: string,
  script: string,
  placement: KubernetesPlacement,
  readiness: { readonly readinessProbe?: PodProbe } = {},
) {
  const { labels, annotations } = placement.pods ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: placement.namespace,
      labels: { ...labels, ...scopeLabels(placement), [LABEL.kind]: PROBE },
      ...(annotations && { annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...settingsOfPods(placement),
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      containers: [{ ...helperContainer(name, script, placement, NOBODY), ...readiness }],
    },
  };
}
