import { expect, test } from "@jest/globals";
import { redis } from "../../src/catalog/redis.ts";
import { KUBERNETES, KUBERNETES_FILES } from "../../src/kubernetes/kubernetes-support.ts";
import { lossesOf } from "../../src/losses/losses.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { imageHealthcheck, log } from "../../src/model/probe.ts";

function lostIn<Connections>(definition: SandboxDefinition<Connections>): readonly string[] {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  return lossesOf(KUBERNETES_FILES, planned, planned).map(({ path }) => path.replace("box.", ""));
}

const JOB = { image: "a", script: ["true"] };

test("networks, volumes, order, limits and users are no losses", () => {
  expect(
    lostIn({
      networks: { a: {}, b: { internal: true } },
      volumes: ["data"],
      services: {
        cache: redis({
          networks: ["b"],
          limits: { memory: "64MiB" },
          user: "999:999",
          tmpfs: { "/tmp": "1MiB" },
        }),
        web: {
          image: "a",
          networks: ["a", "b"],
          after: { cache: "ready" },
          volumes: { "/data": "data" },
          stop: { signal: "SIGINT", grace: "1s" },
          extraHosts: { a: "192.0.2.1" },
        },
      },
      jobs: { tests: { ...JOB, networks: ["a"], volumes: { "/data": "data" }, timeout: "5m" } },
    }),
  ).toEqual([]);
});

test("each property that manifests cannot express is a loss", () => {
  expect(
    lostIn({
      perBranch: true,
      networks: { a: {}, b: {} },
      services: {
        one: { image: "a", networks: ["a"], alias: "db", user: "redis", entrypoint: [], profiles: ["p"] },
        two: {
          image: "a",
          networks: ["b"],
          alias: "db",
          ports: [1],
          publish: true,
          after: { three: "ready" },
        },
        three: { image: "a", networks: ["b"], alias: "3rd", files: { "/a": { path: "a" } } },
        four: { image: "a", networks: ["b"], extraHosts: { host: "host-gateway" }, probe: log(/up/) },
        five: { image: "a", networks: ["b"], probe: imageHealthcheck() },
      },
      jobs: {
        build: { ...JOB, networks: ["a"], files: "app", variablesFile: "v.env", userNamespaces: true },
        tests: {
          ...{ ...JOB, networks: ["a"], image: "$IMAGE", needs: ["build"], user: "ci" },
          artifacts: { paths: ["report.xml"] },
        },
        deploy: {
          ...JOB,
          networks: ["a"],
          script: ["echo $CI_COMMIT_SHA"],
          extraHosts: { h: "host-gateway" },
        },
      },
    }),
  ).toEqual([
    "perBranch",
    "services.one.user",
    "services.one.profiles",
    "services.one.entrypoint",
    "services.three.alias",
    "services.three.files",
    "services.four.extraHosts",
    "services.four.probe",
    "services.five.probe",
    "services.two.alias",
    "services.two.publish",
    "services.two.after",
    "jobs.build.files",
    "jobs.build.userNamespaces",
    "jobs.build.variablesFile",
    "jobs.tests.image",
    "jobs.tests.user",
    "jobs.tests.needs",
    "jobs.tests.artifacts",
    "jobs.deploy.extraHosts",
    "jobs.deploy.script",
  ]);
});

test.each([
  ["completes", { runsOnce: true }, "completed"],
  ["has a log probe", { ports: [1], probe: log(/up/) }, "ready"],
  ["has no port", {}, "ready"],
] as const)("what starts after a service that %s does not wait for it", (_, other, condition) => {
  const services = { other: { image: "a", ...other }, web: { image: "a", after: { other: condition } } };
  expect(lostIn({ services })).toContain("services.web.after");
});

test("a sandbox that Nestbox runs loses only what a cluster lacks", () => {
  const planned = plan(
    sandbox("box", {
      perBranch: true,
      networks: { a: {}, b: {} },
      services: {
        first: { image: "a", networks: ["a"], ports: [1], publish: true, probe: log(/up/) },
        second: {
          image: "a",
          networks: ["b"],
          after: { first: "ready" },
          files: { "/a": { path: "a" } },
          profiles: ["p"],
        },
      },
      jobs: {
        build: {
          ...JOB,
          networks: ["a"],
          files: ".",
          script: ["echo $CI_COMMIT_SHA"],
          variablesFile: "a.env",
        },
        use: { ...JOB, networks: ["a"], image: "$BUILT", needs: ["build"], user: "redis" },
      },
    }),
    { profiles: "all" },
  );
  const lost = lossesOf(KUBERNETES, planned, planned).map(({ path }) => path);
  expect(lost).toEqual(["box.services.first.publish", "box.jobs.use.user"]);
});

test("a mounted folder is copied, which is a loss", () => {
  const web = { image: "a", files: { "/srv": { path: "site", mount: "read-write" } } } as const;
  const planned = plan(sandbox("box", { services: { web } }));
  expect(lossesOf(KUBERNETES, planned, planned)).toMatchObject([
    { path: "box.services.web.files", instead: "read-only copies, as without it" },
  ]);
});
