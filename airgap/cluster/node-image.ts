import { join } from "node:path";
import { programsFolder } from "../go-programs.ts";
import { type BuildRequest, buildImage, recipeOf } from "../images/build.ts";
import { COMPILED_PROGRAMS, KUBERNETES_VERSION } from "../images/compiled-programs.ts";
import { BASE_LABEL, RECIPE_LABEL } from "../images/stand-ins.ts";

/** The image of a cluster's node. */
export const NODE_IMAGE = {
  name: `nestbox/kubernetes-node:${KUBERNETES_VERSION}`,
  folder: "kubernetes-node",
  programs: "kubernetes",
} as const;

/** Builds the node's image unless the engine has it. The first build takes minutes. */
export async function provideNodeImage(request: BuildRequest): Promise<void> {
  const { dependencies, docker } = request;
  const present = await dependencies.inspectImage(docker, NODE_IMAGE.name);
  if (present?.labels[RECIPE_LABEL] === recipeOf(NODE_IMAGE)) return;
  await buildImage(NODE_IMAGE, request, {
    [BASE_LABEL]: "",
    "org.opencontainers.image.title": `Kubernetes ${KUBERNETES_VERSION} in one container`,
  });
}

/** The folder of the node's compiled programs; it may not exist yet. */
export function nodePrograms(cache: string): string {
  const moduleFolder = join(import.meta.dirname, "..", NODE_IMAGE.programs);
  return programsFolder(cache, { moduleFolder, ...COMPILED_PROGRAMS[NODE_IMAGE.programs] });
}
