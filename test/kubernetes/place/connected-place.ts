import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import { clusterPlace } from "../../../src/kubernetes/place/cluster-place.ts";
import { KUBERNETES_TARGET } from "../../../src/kubernetes/target.ts";
import type { Place } from "../../../src/sandbox/place.ts";
import type { ConnectRequest } from "../../../src/sandbox/target.ts";
import { kubectlCommand } from "../../kubectl.ts";

/** The tests' cluster as the place of a project without files. */
export async function connectedPlace(project: string): Promise<Place> {
  const { runs } = KUBERNETES_TARGET;
  if (runs === undefined) throw new Error("no sandboxes run on Kubernetes");
  return runs.connect(requestOf(project));
}

/** A cluster as the place of a project without files. */
export function placeOn(cluster: Cluster, project: string): Place {
  return clusterPlace(cluster, requestOf(project));
}

function requestOf(project: string): ConnectRequest {
  return {
    project,
    projectFolder: __dirname,
    settings: { subnetPool: "10.231.0.0/16", privilegedImages: [], own: {} },
    environment: kubectlCommand().env,
  };
}
