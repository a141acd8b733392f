import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerNetwork } from "../../docker/lowering/sandbox.ts";
import { labelList } from "./label-list.ts";

/** The bridge of a sandbox. Its name is left to Pulumi, so that another one can be created before it goes. */
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
    // Another subnet, made first, could be the same one.
    { ...resourceOptions, deleteBeforeReplace: true },
  );
}
