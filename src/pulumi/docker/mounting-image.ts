import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import type { MountedFolder } from "../../docker/lowering/container.ts";
import { requireSharedAhead } from "../../docker/mounted-folders.ts";
import type { Labels } from "../../model/labels.ts";
import { explainOn } from "../program-error.ts";

/** A container that the provider creates, with folders of the project. */
interface Mounting {
  /** The id of its image on the engine. */
  readonly imageId: pulumi.Output<string>;
  readonly engine: pulumi.Output<DockerHost>;
  readonly labels: pulumi.Output<Labels>;
  /** @default none */
  readonly mounted: readonly MountedFolder[] | undefined;
}

/**
 * The id of an image, once the engine is known to have the folders that its container mounts. The provider
 * starts what it creates, so that nothing can be asked in between. A preview asks nothing.
 */
export function mountingImage({ imageId, engine, labels, mounted }: Mounting): pulumi.Output<string> {
  if (mounted === undefined || pulumi.runtime.isDryRun()) return imageId;
  return pulumi.all([imageId, engine, labels]).apply(async ([image, host, ofService]) => {
    await requireSharedAhead(host, { image, labels: ofService, mounted }).catch(explainOn(host));
    return image;
  });
}
