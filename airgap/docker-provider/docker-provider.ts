import { servePlugin } from "../plugin/serve.ts";
import { addProviderService } from "./provider-service.ts";
import type { ResourceType } from "./resource-type.ts";
import { container } from "./resources/container.ts";
import { network } from "./resources/network.ts";
import { remoteImage } from "./resources/remote-image.ts";
import { volume } from "./resources/volume.ts";

/** The resource types that this provider serves, by their names in @pulumi/docker. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "docker:index/container:Container": container,
  "docker:index/network:Network": network,
  "docker:index/remoteImage:RemoteImage": remoteImage,
  "docker:index/volume:Volume": volume,
};

/**
 * Serves the Docker provider to the Pulumi engine.
 *
 * @param args the plugin's command line without node and script
 */
export async function serveDockerProvider(args: readonly string[]): Promise<void> {
  await servePlugin(args, (server, engine) => addProviderService(server, resourceTypes, engine));
}
