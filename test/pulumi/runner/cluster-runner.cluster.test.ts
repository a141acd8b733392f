import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubernetesRunner } from "../../../src/model/runner/runner.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { type CiJob, readCiJob } from "./ci-job.ts";
import { type ClusterRunnerProject, clusterRunnerProject } from "./cluster-runner-project.ts";
import { traceOf, written } from "./real-runner.ts";

const GITLAB_FILES = join(__dirname, "../../../.gitlab/nestbox");

let project: ClusterRunnerProject;
let runners: readonly KubernetesRunner[];

beforeAll(async () => {
  project = await clusterRunnerProject();
  const { helperImage } = project;
  const common = { executor: "kubernetes", pullPolicy: ["if-not-present"], helperImage } as const;
  runners = [
    { ...common, name: "pods", tags: ["pods"] },
    { ...common, name: "strict", tags: ["strict"], jobUser: 1000 },
    { ...common, name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] },
  ];
  await project.up(runners);
}, 1_200_000);

afterAll(() => project?.remove());

function job(tag: string, ...script: readonly string[]): CiJob {
  const variables = { GIT_STRATEGY: "empty" };
  return { name: "one", tags: [tag], image: "alpine:3.19", services: [], variables, script };
}

function read(namespace: string, ...words: readonly string[]): string {
  return kubectl("--namespace", namespace, "get", ...words);
}

const namespacesOf = (runner: string) => {
  const found = project.outputs().namespaces[runner];
  if (found === undefined) throw new Error(`no namespaces of ${runner}`);
  return found;
};

test("a job runs, and the token is in a Secret alone", async () => {
  await traceOf(project.coordinator.give(job("pods", "true")));
  const tokens = [...project.gitlab.runners.values()].map(({ token }) => token);
  const { manager } = namespacesOf("pods");
  const secret = Buffer.from(
    JSON.parse(read(manager, "secret", "gitlab-runner", "--output", "json")).data.token,
    "base64",
  ).toString();
  expect(tokens).toContain(secret);
  const others = read(manager, "configmaps,deployments,replicasets,pods,events", "--output", "json");
  expect(others).not.toContain(secret);
  for (const text of [secret, Buffer.from(secret).toString("base64")])
    expect(project.pulumi.stateText()).not.toContain(text);
  expect(kubectl("--namespace", manager, "logs", "deployment/gitlab-runner")).not.toContain(secret);
}, 120_000);

test("an emitted job waits for its service in the same pod", async () => {
  const emitted = readCiJob(join(GITLAB_FILES, "snake.yml"), "snake:integration-tests");
  // Its own commands need the sources, which this GitLab does not have.
  const end = emitted.script.findIndex((line) => line.startsWith("cd "));
  const script = [...emitted.script.slice(0, end), "echo $((40 + 2)) is ready"];
  const variables = { ...emitted.variables, GIT_STRATEGY: "empty" };
  const trace = await traceOf(project.coordinator.give({ ...emitted, tags: ["pods"], variables, script }));
  expect(trace).toContain("42 is ready");
}, 120_000);

test("at the level restricted, a job runs as a user without privileges", async () => {
  const trace = await traceOf(project.coordinator.give(job("strict", "echo uid=$(id -u)")));
  expect(trace).toMatch(/^.*uid=1000\b/m);
}, 120_000);

test("a job has no token, and reaches neither the API server nor another job nor gitlab-runner", async () => {
  const other = project.coordinator.give(
    job("pods", "nc -lk -p 8080 -e echo REACHED & echo $((40 + 2)) is up; sleep 20"),
  );
  await written(other, "42 is up");
  const pod = "{.items[0].status.podIP}";
  const jobPod = read(namespacesOf("pods").jobs, "pods", "--output", `jsonpath=${pod}`);
  const runnerPod = read(namespacesOf("pods").manager, "pods", "--output", `jsonpath=${pod}`);
  const api = read("default", "service", "kubernetes", "--output", "jsonpath={.spec.clusterIP}");
  const endpoint = read("default", "endpoints", "kubernetes", "--output", "jsonpath={..ip}:{..port}").split(
    ":",
  );
  const places = [[api, "443"], endpoint, [jobPod, "8080"], [runnerPod, "9252"], ["169.254.169.254", "80"]];
  const tries = places.map(
    ([host, port], index) =>
      `if timeout 3 nc -w 2 ${host} ${port} </dev/null >/tmp/out 2>&1; then echo "try ${index}: open"; ` +
      `else echo "try ${index}: shut"; fi`,
  );
  const account = "ls /var/run/secrets/kubernetes.io 2>&1 || true";
  const trace = await traceOf(project.coordinator.give(job("pods", ...tries, account)));
  const answers = [...trace.matchAll(/O try (\d): (open|shut)/g)].map(
    ([, index, state]) => `${index} ${state}`,
  );
  expect(answers).toEqual(places.map((_, index) => `${index} shut`));
  expect(trace).toMatch(/No such file or directory/);
  await other.ended;
}, 120_000);

describe("a runner with privileged services", () => {
  const dind = (image: string, ...script: readonly string[]): CiJob => ({
    ...job("dind", ...script),
    image: "docker:25.0.0-cli",
    services: [{ name: image, alias: "docker", command: ["--tls=false"] }],
    variables: { GIT_STRATEGY: "empty", DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
  });

  test("runs Docker-in-Docker beside an unprivileged job, in the one privileged namespace", async () => {
    const trace = await traceOf(
      project.coordinator.give(
        dind(
          "docker:dind",
          "until docker info >/dev/null 2>&1; do sleep 0.2; done",
          "docker info --format 'driver={{.Driver}}'",
          "if mount -t tmpfs none /mnt 2>/dev/null; then echo mount=allowed; else echo mount=refused; fi",
        ),
      ),
    );
    expect(trace).toMatch(/O driver=\w+/);
    expect(trace).toMatch(/O mount=refused/);
    const level = "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}";
    const levels = runners.map(({ name }) =>
      kubectl("get", "namespace", namespacesOf(name).jobs, "--output", level),
    );
    expect(levels).toEqual(["baseline", "restricted", "privileged"]);
  }, 180_000);

  test("refuses a job with another service", async () => {
    const trace = await traceOf(project.coordinator.give(dind("alpine:3.19", "true")), "failed");
    expect(trace).toContain('The "alpine:3.19" image is not present on list of allowed services');
  }, 120_000);
});

test("a new token replaces the pod, whose running job ends before it", async () => {
  const { manager } = namespacesOf("pods");
  const podNames = () => read(manager, "pods", "--output", "name").trim().split("\n");
  const [before] = podNames();
  const old = project.outputs().ids.pods;
  const running = project.coordinator.give(
    job("pods", "echo $((40 + 2)) began", "until [ -e /tmp/go ]; do sleep 0.2; done", "echo it went on"),
  );
  await written(running, "42 began");
  await project.up(runners, { tokenLifetime: "30d" });
  expect(project.outputs().ids.pods).not.toBe(old);
  expect(podNames()).toContain(before);
  expect(running.state).toBe("running");
  const next = await traceOf(project.coordinator.give(job("pods", "echo by the new pod")));
  expect(next).toContain("Job succeeded");
  const { jobs } = namespacesOf("pods");
  const [build = ""] = read(jobs, "pods", "--output", "name").trim().split("\n");
  kubectl("--namespace", jobs, "exec", build, "--container", "build", "--", "touch", "/tmp/go");
  expect(await traceOf(running)).toContain("it went on");
  await eventually(() => expect(podNames()).not.toContain(before), { within: "1m" });
}, 300_000);
