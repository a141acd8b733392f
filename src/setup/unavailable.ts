import { ConfigurationError } from "../model/problem.ts";

/** No Docker engine answers, and none can be started on this machine. */
export class DockerMissing extends ConfigurationError {
  override readonly name = "DockerMissing";
}

/** The Pulumi CLI, or a plugin that it needs, is missing and can be neither downloaded nor compiled. */
export class PulumiMissing extends ConfigurationError {
  override readonly name = "PulumiMissing";
}

/** The engine lacks an image, no registry serves it, and there is no stand-in for it. */
export class ImageUnavailable extends ConfigurationError {
  override readonly name = "ImageUnavailable";
}
