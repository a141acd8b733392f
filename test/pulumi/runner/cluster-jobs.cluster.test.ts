import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { KubernetesRunner } from "../../../src/model/runner/runner.ts";
import { projectImageInCluster } from "../../container/project-image-in-cluster.ts";
import { RUNNERS_IN_CLUSTER } from "../../emission/cluster-sandboxes.ts";
import { kubectl } from "../../kubectl.ts";
import { type SourcesRepository, sourcesRepository } from "../../sources-repository.ts";
import { readCiJob } from "./ci-job.ts";
import { type ClusterRunnerProject, clusterRunnerProject } from "./cluster-runner-project.ts";
import { traceOf } from "./real-runner.ts";

/** The emitted jobs of this project's sandboxes, which test/emission/cluster-jobs.test.ts compares. */
const FOLDER = join(__dirname, "../../emission/cluster-jobs");

/** The jobs that need no other machine: the rest installs packages, or pulls images inside its own daemon. */
const JOBS = [
  ...["secrets:asks-with-password", "shop:api-tests", "shop:cache-tests", "shop:database-tests"],
  ...["two-networks:inside", "two-networks:outside"],
].map((name) => ({ name, file: join(FOLDER, `${name.split(":")[0]}.yml`) }));

let project: ClusterRunnerProject;
let image: string;
let sources: SourcesRepository;
const folder = mkdtempSync(join(tmpdir(), "nestbox-sources-"));

beforeAll(async () => {
  image = await projectImageInCluster();
  sources = sourcesRepository(folder);
  project = await clusterRunnerProject();
  const gitlab = `${new URL(project.coordinator.url).hostname}/32`;
  const [api] = kubectl(
    ...["--namespace", "default", "get", "endpoints", "kubernetes"],
    ...["--output", "jsonpath={..ip}"],
  ).split(" ");
  const { helperImage } = project;
  const used = RUNNERS_IN_CLUSTER.filter(({ name }) => name === "pods" || name === "sandboxes");
  const runners = used.map((runner) => ({
    ...(runner as KubernetesRunner),
    ...{ pullPolicy: ["if-not-present"] as const, helperImage, reachableAddresses: [gitlab] },
    ...("sandboxes" in runner && {
      sandboxes: { ...(runner.sandboxes as object), apiServer: [`${api}/32`] },
    }),
  })) as readonly KubernetesRunner[];
  await project.up(runners);
}, 1_800_000);

afterAll(async () => {
  await project?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test.each(JOBS)(
  "$name passes in the cluster as it is emitted",
  async ({ name, file }) => {
    const variables = { NESTBOX_IMAGE: image, NESTBOX_SECRET_REDIS_PASSWORD: "xylophone" };
    const job = project.coordinator.give(readCiJob(file, name), { variables, sources });
    const trace = await traceOf(job);
    expect(trace).toContain("Job succeeded");
    expect(trace).not.toContain("xylophone");
  },
  300_000,
);
