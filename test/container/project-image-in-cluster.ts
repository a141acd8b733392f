import { engineHost } from "../../src/docker/engine-host.ts";
import { inspectImage } from "../../src/docker/engine-images.ts";
import { setUpForCluster } from "../pulumi/kubernetes/cluster-project.ts";
import { putIntoMirror } from "../pulumi/runner/cluster-runner-project.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { projectImage } from "./project-image.ts";

/** Gives the nodes of the tests' cluster the image of this project, and returns its name there. */
export async function projectImageInCluster(): Promise<string> {
  await setUpForCluster();
  const image = await projectImage();
  const built = await inspectImage(engineHost(process.env), image);
  // Nodes keep what they have pulled by a name.
  const name = `${image}:${built?.id.slice(-12)}`;
  const docker = await dockerWith([]);
  await docker.run("tag", image, name);
  await putIntoMirror(name);
  return name;
}
