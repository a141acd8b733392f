import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerNetwork } from "../../docker/lowering/lower-sandbox.ts";
import { labelList } from "./label-list.ts";

/** Creates a network of a sandbox. Pulumi generates its name. */
export function createNetwork(
  { body }: DockerNetwork,
  resourceOptions: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    body.Name,
    {
      driver: body.Driver,
      internal: body.Internal,
      ipamConfigs: body.IPAM.Config.map(({ Subnet, Gateway }) => ({ subnet: Subnet, gateway: Gateway })),
      ...(Object.keys(body.Options).length > 0 && { options: body.Options }),
      labels: labelList(body.Labels),
    },
    // A replacement may have the same subnet.
    { ...resourceOptions, deleteBeforeReplace: true },
  );
}
