import * as pulumi from "@pulumi/pulumi";
import { buildImage } from "../../docker/build/build-image.ts";
import { publishedReference, publishImage } from "../../docker/build/publish-image.ts";
import { engineHost } from "../../docker/engine-host.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { explaining, explainOn } from "../program-error.ts";

/**
 * The references of the images of builds in a registry, by the names of their builds. Those that it lacks are
 * built on the engine of the environment, and pushed. A preview builds and pushes nothing: it has the
 * references of those that are there.
 * @param projectFolder the folder that contexts start from
 * @param component shows the progress
 */
export function buildsInRegistry(
  { builds }: Plan,
  registry: string | undefined,
  projectFolder: string,
  component: pulumi.Resource,
): pulumi.Output<Readonly<Record<string, string>>> {
  const none: Readonly<Record<string, string>> = {};
  if (builds.length === 0 || registry === undefined) return pulumi.output(none);
  const docker = explaining(() => engineHost(process.env));
  const onLine = (line: string) => void pulumi.log.info(line, component, undefined, true).catch(() => {});
  const request = { docker, projectFolder, environment: process.env, onLine };
  const isPreview = pulumi.runtime.isDryRun();
  const publish = async () => {
    const references = new Map<string, string>();
    for (const build of builds) {
      const found = await publishedReference(build, registry, request);
      if (found === undefined && isPreview) continue;
      if (found === undefined) await buildImage(build, request);
      references.set(build.image, found ?? (await publishImage(build, registry, request)));
    }
    return Object.fromEntries(references);
  };
  return pulumi.output(publish().catch(explainOn(docker)));
}
