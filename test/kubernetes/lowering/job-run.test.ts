import { expect, test } from "@jest/globals";
import { lowerJobToKubernetes } from "../../../src/kubernetes/lowering/job-run.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { JobRunDetails } from "../../../src/sandbox/job-run.ts";
import { namespaceOf } from "./placed-manifests.ts";

function lowered(definition: Partial<JobDefinition>, run?: JobRunDetails, key = "tests") {
  const declared = sandbox("box", {
    services: {
      cache: { image: "a", ports: [6379] },
      other: { image: "a", ports: [80], profiles: ["other"] },
    },
    jobs: { [key]: { image: "python:3.10", script: ["pytest"], ...definition } },
  });
  const planned = plan(declared, { profiles: "all" });
  const [job] = planned.jobs;
  if (!job) throw new RangeError("no job");
  return lowerJobToKubernetes(planned, job, namespaceOf(planned), run);
}

function podOfJob(definition: Partial<JobDefinition>, run?: JobRunDetails) {
  const { spec } = lowered(definition, run).job.spec.template;
  const [container] = spec?.containers ?? [];
  return { ...spec, container };
}

test("a run has its own name, image, variables and labels", () => {
  const run = { id: "1a2b3c", image: "built:1", variables: { A: "$(b)" }, labels: { "nestbox.lease": "x" } };
  const { job } = lowered({ env: { A: "a" } }, run);
  expect(job.metadata).toMatchObject({ name: "tests-1a2b3c", labels: { "nestbox.lease": "x" } });
  expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 3600 });
  expect(podOfJob({ env: { A: "a" } }, run).container).toMatchObject({
    image: "built:1",
    env: [{ name: "A", value: "$$(b)" }],
  });
});

test("in a file each creation is a run, which waits for the services of its profiles", () => {
  const { job } = lowered({});
  expect(job.metadata).toMatchObject({ generateName: "tests-" });
  expect(job.metadata).not.toHaveProperty("name");
  const [wait] = podOfJob({}).initContainers ?? [];
  expect(wait?.command?.[2]?.match(/nc -w 1 \S+ \d+/g)).toEqual(["nc -w 1 cache 6379"]);
});

test("a run waits a moment for the node's routes to all services of its sandbox, which are ready", () => {
  const [wait] = podOfJob({}, { id: "1" }).initContainers ?? [];
  expect(wait?.command?.[2]?.split("\n")).toEqual([
    "for try in $$(seq 30); do nc -w 1 cache 6379 -e true 2>/dev/null && break; sleep 0.1; done",
    "for try in $$(seq 30); do nc -w 1 other 80 -e true 2>/dev/null && break; sleep 0.1; done",
  ]);
});

test("the name of a Job has at most 63 characters", () => {
  const key = `a${"b".repeat(61)}c`;
  expect(lowered({}, { id: "1a2b3c" }, key).job.metadata.name).toMatch(/^ab{39}-\w{6}-1a2b3c$/);
});

test("the project's files are copied into an init container, and the job may change them", () => {
  const { initContainers = [], container, volumes } = podOfJob({ files: "app" }, { id: "1" });
  expect(lowered({ files: "app" }).projectFiles).toBe("app");
  expect(initContainers).toMatchObject([
    { name: "wait" },
    {
      name: "project-files",
      workingDir: "/project",
      volumeMounts: [{ name: "project", mountPath: "/project" }],
    },
  ]);
  expect(container).toMatchObject({
    workingDir: "/workspace",
    volumeMounts: [{ name: "project", mountPath: "/workspace" }],
  });
  expect(volumes).toEqual([{ name: "project", emptyDir: {} }]);
});

test("the variables file is the termination message", () => {
  const { container } = podOfJob({ variablesFile: "out/image.env" });
  expect(container).toMatchObject({
    terminationMessagePath: "/run/nestbox/project/out/image.env",
    env: [{ name: "CI_PROJECT_DIR", value: "/run/nestbox/project" }],
    volumeMounts: [{ name: "results", mountPath: "/run/nestbox/project" }],
  });
});

test("an image variable without a value is an image that names it", () => {
  const declared = sandbox("box", {
    services: {},
    jobs: {
      build: { image: "a", script: ["true"], variablesFile: "image.env" },
      verify: { image: "${APP_IMAGE}", needs: ["build"], script: ["true"] },
    },
  });
  const planned = plan(declared);
  const [, verify] = planned.jobs;
  if (!verify) throw new RangeError("no job");
  const { job } = lowerJobToKubernetes(planned, verify, namespaceOf(planned));
  expect(job.spec.template.spec?.containers[0]?.image).toBe("app-image-is-not-set");
});

test("a job with user namespaces has the node's own filter of system calls", () => {
  expect(podOfJob({ userNamespaces: true })).not.toHaveProperty("securityContext");
  expect(podOfJob({}).securityContext).toEqual({ seccompProfile: { type: "RuntimeDefault" } });
});

test("an init process reaps what the job's shell leaves behind", () => {
  expect(podOfJob({}).shareProcessNamespace).toBe(true);
});

const ARTIFACTS = { paths: ["reports/"] };

test("a run's artifacts are in a volume that another container has until the pod is removed", () => {
  const run = { id: "1" };
  const { containers = [], volumes } = podOfJob({ artifacts: ARTIFACTS, user: "1000:1000" }, run);
  const [mount, ...others] = containers[0]?.volumeMounts ?? [];
  expect(mount).toEqual({ name: "project", mountPath: "/workspace" });
  expect(others).toEqual([]);
  expect(volumes).toEqual([{ name: "project", emptyDir: {} }]);
  expect(containers).toMatchObject([
    { name: "job" },
    {
      name: "artifacts",
      volumeMounts: [mount],
      securityContext: {
        ...{ runAsUser: 1000, runAsNonRoot: true, allowPrivilegeEscalation: false },
        capabilities: { drop: ["ALL"] },
      },
    },
  ]);
  expect(lowered({ artifacts: ARTIFACTS, timeout: "5s" }, run)).toMatchObject({
    artifacts: { folder: "/workspace", timeout: "5s" },
    job: { spec: { activeDeadlineSeconds: 65 } },
  });
});

test("artifacts in volumes of the working folder are read there, and no other volume is mounted", () => {
  const definition = {
    artifacts: ARTIFACTS,
    workingFolder: "/data/app",
    tmpfs: { "/data/app/reports": "1MiB", "/data/apple": "1MiB", "/data": "1MiB" },
  } as const;
  const { containers = [] } = podOfJob(definition, { id: "1" });
  const targets = containers[1]?.volumeMounts?.map(({ mountPath }) => mountPath);
  expect(targets).toEqual(["/data/app", "/data/app/reports"]);
  const own = { ...definition, tmpfs: { "/data/app/": "1MiB" } } as const;
  expect(podOfJob(own, { id: "1" })).toMatchObject({
    containers: [{}, { volumeMounts: [{ name: "memory-1" }] }],
    volumes: [{ name: "memory-1" }],
  });
  expect(podOfJob(own, { id: "1" }).initContainers).toHaveLength(1);
});

test("a working folder of the image keeps the image's files, copied with the job's own rights", () => {
  const definition = { artifacts: ARTIFACTS, workingFolder: "/app", user: "1000" } as const;
  const { initContainers = [], containers = [] } = podOfJob(definition, { id: "1" });
  expect(initContainers.map(({ name }) => name)).toEqual(["wait", "working-folder"]);
  expect(initContainers[1]).toMatchObject({
    image: "python:3.10",
    workingDir: "/app",
    securityContext: containers[0]?.securityContext,
    volumeMounts: [{ name: "project", mountPath: "/project" }],
  });
  const withFiles = podOfJob({ ...definition, files: "app" }, { id: "1" });
  expect(withFiles.initContainers?.map(({ name }) => name)).toEqual(["wait", "project-files"]);
});

test("root reads what other users have written for themselves alone, and may do nothing else", () => {
  const { containers = [] } = podOfJob({ artifacts: ARTIFACTS }, { id: "1" });
  expect(containers[1]?.securityContext?.capabilities).toEqual({ drop: ["ALL"], add: ["DAC_OVERRIDE"] });
});

test("a file has no container for artifacts, which nobody would read", () => {
  expect(podOfJob({ artifacts: ARTIFACTS })).toEqual(podOfJob({}));
});
