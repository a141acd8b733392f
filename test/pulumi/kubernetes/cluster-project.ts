import { join } from "node:path";
import { setUp } from "../../../src/setup/index.ts";
import { createProgress } from "../../../src/terminal/progress.ts";
import { installNestbox, type PulumiProject, pulumiProject } from "../../airgap/pulumi-project.ts";
import { clusterStatus } from "../../kubectl.ts";

const REPOSITORY = join(__dirname, "../../..");

/**
 * Gives this process the Pulumi CLI, its plugins and the cluster of the tests. Compiles the real Kubernetes
 * provider where none can be downloaded.
 */
export async function setUpForCluster(): Promise<void> {
  const { environment } = await setUp(
    {
      ...{ projectFolder: REPOSITORY, docker: false, pulumi: true, providers: ["kubernetes"], images: [] },
      ...{ environment: process.env, signal: new AbortController().signal },
    },
    createProgress(process.stderr, process.env),
  );
  Object.assign(process.env, environment, { KUBECONFIG: clusterStatus().kubeconfig });
}

/** A Pulumi project with nestbox installed, on the cluster of the tests. */
export async function clusterProject(files: Readonly<Record<string, string>>): Promise<PulumiProject> {
  await setUpForCluster();
  const project = await pulumiProject(files);
  installNestbox(project.folder);
  return project;
}
