import { ConfigurationError } from "../model/problem.ts";

/** No Docker engine answers, and none can be set up here. */
export class DockerMissing extends ConfigurationError {
  override readonly name = "DockerMissing";
}

/** No Pulumi CLI is here, and none can be had. */
export class PulumiMissing extends ConfigurationError {
  override readonly name = "PulumiMissing";
}

/** An image is not here, no registry gives it, and there is no stand-in for it. */
export class ImageUnavailable extends ConfigurationError {
  override readonly name = "ImageUnavailable";
}
