import * as pulumi from "@pulumi/pulumi";
import { buildImage, isBuilt } from "../../docker/build/build-image.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { PlannedBuild } from "../../model/plan/plan.ts";
import { explain } from "../program-error.ts";

/**
 * The name of an image that is built, once the engine has it. A preview builds nothing: the name, which
 * follows the content, says what changes.
 * @param projectFolder the folder that the context starts from
 * @param component shows the build's progress
 */
export function builtImage(
  build: PlannedBuild,
  engine: pulumi.Output<DockerHost>,
  projectFolder: string,
  component: pulumi.Resource,
): pulumi.Input<string> {
  if (pulumi.runtime.isDryRun()) return build.image;
  return engine.apply(async (docker) => {
    const onLine = (line: string) => void pulumi.log.info(line, component, undefined, true).catch(() => {});
    const request = { docker, projectFolder, environment: process.env, onLine };
    if (!(await isBuilt(docker, build).catch(explain))) await buildImage(build, request).catch(explain);
    return build.image;
  });
}
