import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { bridgeOptions } from "../../model/bridge.ts";
import type { PlannedNetwork } from "../../model/plan.ts";
import { firstAddress } from "../../model/subnets.ts";
import { labelList } from "./label-list.ts";

/** The bridge of a sandbox. Its name is left to Pulumi, so that another one can be made before it goes. */
export function createNetwork(
  network: PlannedNetwork,
  resourceOptions: pulumi.CustomResourceOptions,
): docker.Network {
  const options = bridgeOptions(network);
  return new docker.Network(
    network.name,
    {
      driver: "bridge",
      internal: network.internal,
      // The engine adds a gateway by itself, and some show it: one that nobody declared would count as a
      // change.
      ipamConfigs: [{ subnet: network.subnet, gateway: firstAddress(network.subnet) }],
      ...(Object.keys(options).length > 0 && { options }),
      labels: labelList(network.labels),
    },
    // Another subnet, made first, could be the same one.
    { ...resourceOptions, deleteBeforeReplace: true },
  );
}
