import { delimiter, join } from "node:path";
import { GITLAB_RUNNER_IMAGES } from "../../../airgap/images/stand-ins.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { cacheFolder } from "../../../src/machine/cache-folder.ts";
import type { KubernetesRunner } from "../../../src/model/runner/runner.ts";
import { loadAirgap } from "../../../src/setup/airgap.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import { type PulumiProject, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { dockerWith } from "../../setup/docker-command.ts";
import { clusterProject } from "../kubernetes/cluster-project.ts";
import { type CoordinatorDouble, coordinatorDouble } from "./coordinator-double.ts";
import { hostAddress } from "./real-runner.ts";
import { succeeded } from "./runner-project.ts";

const JOB_IMAGES = ["alpine:3.19", "python:3.10", "redis:7-alpine", "docker:dind", "docker:25.0.0-cli"];
const REPOSITORY = join(__dirname, "../../..");
/** The mirror of the cluster has images of Docker Hub alone. */
const HELPER = GITLAB_RUNNER_IMAGES[1].replace(/^.*(?=\/gitlab-runner-helper:)/, "gitlab");

const PROGRAM = `import { readFileSync } from "node:fs";
import { bringUp } from "nestbox/pulumi";

const declared = JSON.parse(readFileSync("runners.json", "utf8"));
export default await bringUp({
  sandboxes: async () => ({ default: [] }),
  runners: async () => ({ default: declared }),
});
`;

/** A stack with runners in the cluster, as its setting makes them. Only GitLab is a double. */
export interface ClusterRunnerProject {
  readonly pulumi: PulumiProject;
  readonly gitlab: GitLabDouble;
  readonly coordinator: CoordinatorDouble;
  /** The image of gitlab-runner's helper, which the mirror of the cluster has. */
  readonly helperImage: string;
  /** `pulumi up` with these runners, which must succeed. Returns its output. */
  up(runners: readonly KubernetesRunner[], settings?: object): Promise<string>;
  outputs(): ClusterRunnerOutputs;
  remove(): Promise<void>;
}

interface ClusterRunnerOutputs {
  readonly ids: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, { readonly jobs: string; readonly manager: string }>>;
}

export async function clusterRunnerProject(): Promise<ClusterRunnerProject> {
  const docker = await dockerWith([...GITLAB_RUNNER_IMAGES, ...JOB_IMAGES]);
  await docker.run("tag", GITLAB_RUNNER_IMAGES[1], HELPER);
  await putIntoMirror(HELPER);
  const gitlab = await gitlabDouble();
  const coordinator = await coordinatorDouble(gitlab, await hostAddress());
  process.env.PATH = [join(REPOSITORY, "airgap/gitlab-provider/bin"), process.env.PATH].join(delimiter);
  process.env.GITLAB_TOKEN = TOKENS.whole;
  const pulumi = await clusterProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": PROGRAM,
    "runners.json": "[]",
  });
  return {
    ...{ pulumi, gitlab, coordinator, helperImage: HELPER },
    async up(runners, settings = {}) {
      const runner = { gitlabUrl: coordinator.url, project: 7, drain: "2m", ...settings };
      const config = { "nestbox:target": "kubernetes", "nestbox:sandboxes": [], "nestbox:runner": runner };
      pulumi.write("Pulumi.test.yaml", JSON.stringify({ config }));
      pulumi.write("runners.json", JSON.stringify(runners));
      return succeeded(await pulumi.pulumi("up", "--yes", "--skip-preview"));
    },
    outputs: () => (pulumi.outputs() as { readonly runner: ClusterRunnerOutputs }).runner,
    async remove() {
      await pulumi.pulumi("destroy", "--yes", "--skip-preview");
      await pulumi.remove();
      await coordinator.close();
      await gitlab.close();
      await docker.run("rmi", HELPER);
    },
  };
}

/** Gives the nodes of the cluster an image of the engine. */
export async function putIntoMirror(image: string): Promise<void> {
  const airgap = loadAirgap(REPOSITORY, process.env);
  if (airgap === undefined) return;
  const { dependencies } = airgap;
  const { signal } = new AbortController();
  const place = { cache: cacheFolder(process.env), dependencies, signal, docker: engineHost(process.env) };
  const missing = await airgap.missingInMirror([image], place);
  if (missing.length > 0) await airgap.addToMirror(missing, { ...place, onDetail: () => undefined });
}
