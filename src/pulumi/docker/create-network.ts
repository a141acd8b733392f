import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerNetwork, NetworkBody } from "../../docker/lowering/lower-sandbox.ts";
import { labelList } from "./label-list.ts";

/**
 * Creates a network of a sandbox. Pulumi generates its name.
 * @param actual the network's body with the subnet and the labels that the engine's resources require
 */
export function createNetwork(
  { body }: DockerNetwork,
  actual: pulumi.Output<NetworkBody>,
  resourceOptions: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    body.Name,
    {
      driver: body.Driver,
      internal: body.Internal,
      ipamConfigs: actual.apply(({ IPAM }) =>
        IPAM.Config.map(({ Subnet, Gateway }) => ({ subnet: Subnet, gateway: Gateway })),
      ),
      ...(Object.keys(body.Options).length > 0 && { options: body.Options }),
      labels: actual.apply(({ Labels }) => labelList(Labels)),
    },
    // A replacement may have the same subnet.
    { ...resourceOptions, deleteBeforeReplace: true },
  );
}
