import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedNetwork } from "../../sandboxes/model/plan.ts";
import { labelList } from "./label-list.ts";

/** The bridge of a sandbox. Its name is left to Pulumi, so that another one can be made before it goes. */
export function createNetwork(
  network: PlannedNetwork,
  options: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    network.name,
    {
      driver: "bridge",
      internal: network.internal,
      ipamConfigs: [{ subnet: network.subnet }],
      ...(network.mtu !== undefined && { options: { "com.docker.network.driver.mtu": String(network.mtu) } }),
      labels: labelList(network.labels),
    },
    // Another subnet, made first, could be the same one.
    { ...options, deleteBeforeReplace: true },
  );
}
