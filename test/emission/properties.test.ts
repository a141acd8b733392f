import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { lowerJob } from "../../src/docker/lowering/lower-job.ts";
import { GITLAB_SERVICES } from "../../src/gitlab/jobs/gitlab-support.ts";
import { KUBERNETES } from "../../src/kubernetes/kubernetes-support.ts";
import { allLossesOf, lossesOf } from "../../src/losses/losses.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import type { ContainerDefinition, ServiceDefinition } from "../../src/model/declaration/service.ts";
import { LABEL } from "../../src/model/labels.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { objectsOf, placementOf } from "../docker/lowering/placed.ts";
import { loweredService, manifestsOf } from "../kubernetes/lowering/placed-manifests.ts";
import { schemaProblems } from "../kubernetes/lowering/schema-problems.ts";
import { problemsIn } from "../sandboxes/problems-in.ts";
import { emitted } from "./emitted.ts";

const COMMON: ContainerDefinition = {
  image: "a",
  shmSize: "1.5MiB",
  capAdd: ["SYS_NICE", "CHOWN"],
  capDrop: ["ALL"],
  pidsLimit: 512,
  ulimits: { nofile: 1024, core: { soft: 0, hard: -1 } },
  sysctls: { "net.core.somaxconn": "1024", "net.ipv4.ip_local_port_range": "1024 65000" },
  labels: { team: "shop", rule: "Host(`$a`)" },
  platform: "linux/arm64",
};
const SERVICE: ServiceDefinition = {
  ...COMMON,
  workingFolder: "/srv",
  ports: [53, 80],
  udpPorts: [53],
  publish: { 53: 5353 },
};
const declared = sandbox("box", {
  services: { web: SERVICE },
  jobs: { tests: { ...COMMON, script: ["true"] } },
});
const planned = plan(declared, { profiles: "all" });
const filesOf = (target = planned) =>
  emitted([target], []).files.map(({ path, content }) => ({ path, content }));

test("Docker takes each property, in the engine's own spelling", () => {
  const [web] = objectsOf(declared).services;
  const host = {
    ShmSize: 1_572_864,
    CapAdd: ["CAP_CHOWN", "CAP_SYS_NICE"],
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    PidsLimit: 512,
    Ulimits: [
      { Name: "nofile", Soft: 1024, Hard: 1024 },
      { Name: "core", Soft: 0, Hard: -1 },
    ],
    Sysctls: COMMON.sysctls,
  };
  expect(web).toMatchObject({
    platform: "linux/arm64",
    published: [53],
    body: {
      WorkingDir: "/srv",
      Labels: { team: "shop", [LABEL.kind]: "service" },
      ExposedPorts: { "53/tcp": {}, "53/udp": {} },
      HostConfig: {
        ...host,
        PortBindings: {
          "53/tcp": [{ HostIp: "127.0.0.1", HostPort: "5353" }],
          "53/udp": [{ HostIp: "127.0.0.1", HostPort: "5353" }],
        },
      },
    },
  });
  const [job] = planned.jobs;
  if (!job) throw new RangeError("no job");
  expect(lowerJob(planned, job, placementOf(planned), { id: "1" })).toMatchObject({
    platform: "linux/arm64",
    body: { Labels: { team: "shop" }, HostConfig: host },
  });
});

test("Compose takes each property", () => {
  const { services } = parse(filesOf().find(({ path }) => path === "compose/box.yaml")?.content ?? "");
  expect(services.web).toMatchObject({
    shm_size: 1_572_864,
    cap_add: ["SYS_NICE", "CHOWN"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    pids_limit: 512,
    ulimits: COMMON.ulimits,
    sysctls: COMMON.sysctls,
    labels: { team: "shop", rule: "Host(`$$a`)", [LABEL.part]: "web" },
    platform: "linux/arm64",
    working_dir: "/srv",
    ports: ["127.0.0.1::53", "127.0.0.1::53/udp"],
  });
  expect(services.tests).toMatchObject({ shm_size: 1_572_864, platform: "linux/arm64" });
});

test("Kubernetes takes what a pod has, and needs no privileged namespace for what baseline allows", () => {
  const { workload, services } = loweredService(declared, "web");
  expect(workload.spec.template).toMatchObject({
    metadata: { labels: { team: "shop" } },
    spec: {
      nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" },
      securityContext: { sysctls: [{ name: "net.ipv4.ip_local_port_range", value: "1024 65000" }] },
      containers: [
        {
          workingDir: "/srv",
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { add: ["SYS_NICE", "CHOWN"], drop: ["ALL"] },
          },
          volumeMounts: [{ mountPath: "/dev/shm" }],
        },
      ],
      volumes: [{ emptyDir: { medium: "Memory", sizeLimit: "1536Ki" } }],
    },
  });
  expect(workload.spec.template.metadata?.labels).not.toHaveProperty("rule");
  expect(services[0]?.spec.ports).toEqual([
    { name: "tcp-53", port: 53 },
    { name: "tcp-80", port: 80 },
    { name: "udp-53", port: 53, protocol: "UDP" },
  ]);
  expect(schemaProblems(manifestsOf(declared))).toEqual([]);
});

test("GitLab takes the platform", () => {
  const job = parse(filesOf().find(({ path }) => path === ".gitlab/nestbox/box.yml")?.content ?? "", {
    customTags: [{ tag: "!reference", collection: "seq" }],
  })["box:tests"];
  expect(job.image).toEqual({ name: "a", docker: { platform: "linux/arm64" } });
  expect(job.services[0]).toMatchObject({ docker: { platform: "linux/arm64" } });
});

test("what a target does not express is reported", () => {
  const lost = emitted([planned], []).losses.map(({ path }) => path);
  for (const property of ["shmSize", "capAdd", "capDrop", "pidsLimit", "ulimits", "sysctls", "labels"])
    expect(lost).toEqual(
      expect.arrayContaining([`box.services.web.${property}`, `box.jobs.tests.${property}`]),
    );
  expect(lost).toContain("box.services.web.workingFolder");
});

test("an unprivileged container gains no privileges and has few processes, unless that is lifted", () => {
  const image = "a";
  const box = sandbox("box", {
    services: {
      plain: { image },
      docker: { image: "docker:dind", privileged: true },
      lifted: { image, noNewPrivileges: false, pidsLimit: -1 },
    },
    jobs: { build: { image, script: ["true"], userNamespaces: true } },
  });
  const hosts = objectsOf(box).services.map(({ key, body: { HostConfig } }) => [
    key,
    HostConfig.SecurityOpt,
    HostConfig.PidsLimit,
  ]);
  expect(hosts).toEqual([
    ["plain", ["no-new-privileges:true"], 4096],
    ["docker", undefined, undefined],
    ["lifted", undefined, undefined],
  ]);
  const all = plan(box, { profiles: "all" });
  const [build] = all.jobs;
  if (!build) throw new RangeError("no job");
  const { HostConfig } = lowerJob(all, build, placementOf(all), { id: "1" }).body;
  expect(HostConfig.SecurityOpt).not.toContain("no-new-privileges:true");
  expect(HostConfig.PidsLimit).toBeUndefined();
  const security = ["plain", "docker", "lifted"].map(
    (key) => loweredService(box, key).workload.spec.template.spec?.containers[0]?.securityContext,
  );
  expect(security).toEqual([{ allowPrivilegeEscalation: false }, { privileged: true }, undefined]);
});

test("a default that a target does not express is known to prove alone", () => {
  const planned = plan(
    sandbox("box", { services: { web: { image: "a" } }, jobs: { tests: { image: "a", script: ["true"] } } }),
  );
  const parts = { services: planned.services, jobs: planned.jobs };
  for (const [table, properties] of [
    [GITLAB_SERVICES, ["noNewPrivileges", "pidsLimit"]],
    [KUBERNETES, ["pidsLimit"]],
  ] as const) {
    const paths = properties.flatMap((name) => [`box.services.web.${name}`, `box.jobs.tests.${name}`]);
    const known = allLossesOf(table, planned, parts).map(({ path }) => path);
    expect(known).toEqual(expect.arrayContaining(paths));
    const reported = lossesOf(table, planned, parts).map(({ path }) => path);
    expect(reported).not.toEqual(expect.arrayContaining(paths));
  }
  expect(emitted([planned], []).losses.map(({ path }) => path)).not.toContain("box.jobs.tests.pidsLimit");
});

test.each<[object, string]>([
  [{ shmSize: "64" }, 'shmSize: "64" is not a size; use a number with KiB'],
  [{ shmSize: "1MiB", tmpfs: { "/dev/shm": "1MiB" } }, "mounts both tmpfs and shmSize at /dev/shm; move one"],
  [
    { capAdd: ["CAP_NET_ADMN"] },
    'capAdd[0]: "CAP_NET_ADMN" is not a capability; use one such as "NET_ADMIN"',
  ],
  [{ capDrop: ["KILL", "KILL"] }, 'capDrop: lists "KILL" twice; remove one'],
  [{ pidsLimit: 0 }, "pidsLimit: 0 is not a number of processes; use 1 to 4194304, or -1 for any number"],
  [{ pidsLimit: 1.5 }, "pidsLimit: 1.5 is not a number of processes"],
  [{ noNewPrivileges: "no" }, 'noNewPrivileges: is the string "no"; use true or false'],
  [{ privileged: true, noNewPrivileges: true }, "noNewPrivileges: conflicts with privileged; remove one"],
  [{ ulimits: { nofiles: 1 } }, 'ulimits.nofiles: is not a property of ulimits; did you mean "nofile"?'],
  [{ ulimits: { nofile: -2 } }, "ulimits.nofile: -2 is not a limit; use a whole number, or -1 for none"],
  [
    { ulimits: { nofile: { soft: 2, hard: 1 } } },
    "ulimits.nofile: has a soft limit above its hard limit of 1",
  ],
  [{ sysctls: { somaxconn: "1" } }, 'sysctls: "somaxconn" is not a sysctl; use words between dots'],
  [{ sysctls: { "net.core.somaxconn": 1 } }, 'sysctls["net.core.somaxconn"]: is the number 1; use a string'],
  [{ labels: { "nestbox.owner": "me" } }, `labels: "nestbox.owner" is a label of Nestbox's own; use a name`],
  [{ platform: "arm64" }, 'platform: "arm64" is not a platform; use one such as "linux/arm64"'],
  [{ workingFolder: "srv" }, 'workingFolder: "srv" is not a path in the container'],
  [{ udpPorts: [0] }, "udpPorts[0]: 0 is not a port; use a whole number from 1 to 65535"],
  [{ udpPorts: [53], publish: { 54: 1 } }, 'publish: no port "54" in this sandbox; it has 53'],
])("%j is refused", (properties, message) => {
  const problems = problemsIn({ services: { web: { image: "a", ...properties } } }, "box");
  expect(problems).toEqual([expect.stringContaining(message)]);
  expect(problems[0]).toMatch(/^box\.services\.web/);
});

test("a service with UDP ports alone has the first as the port of its references", () => {
  const definition: SandboxDefinition<{ statsd: unknown }> = {
    services: { statsd: { image: "a", udpPorts: [8125] } },
    jobs: { tests: { image: "a", script: ["true"], env: ({ statsd }) => ({ PORT: statsd.port }) } },
  };
  expect(sandbox("box", definition).jobs.tests?.env).toEqual({ PORT: "8125" });
});

test("a label, and nothing of Nestbox's own labels, is another container", () => {
  const hash = (labels: Record<string, string>) =>
    objectsOf(sandbox("a", { services: { web: { image: "a", labels } } })).services[0]?.body.Labels[
      LABEL.plan
    ];
  expect(hash({ team: "shop" })).not.toBe(hash({}));
  expect(hash({ team: "shop" })).not.toBe(hash({ team: "other" }));
});

test.each<[Partial<ContainerDefinition>, string]>([
  [{ capAdd: ["SYS_ADMIN"] }, 'capAdd: "a" may not have the capability SYS_ADMIN, which gives power over'],
  [{ capAdd: ["ALL"] }, 'capAdd: "a" may not have the capability ALL'],
  [
    { sysctls: { "vm.max_map_count": "1" } },
    'sysctls: "a" may not set vm.max_map_count, which the whole host',
  ],
])("%j is for privileged images alone, in services and jobs", (properties, message) => {
  const service = sandbox("box", { services: { web: { image: "a", ...properties } } });
  const job = sandbox("box", {
    services: {},
    jobs: { web: { image: "a", ...properties, script: ["true"] } },
  });
  for (const [one, group] of [
    [service, "services"],
    [job, "jobs"],
  ] as const) {
    expect(() => objectsOf(one)).toThrow(`box.${group}.web.${message}`);
    expect(() => objectsOf(one)).toThrow("add the image to nestbox:privilegedImages");
    expect(() => manifestsOf(one, { privilegedImages: [] })).toThrow(`box.${group}.web.${message}`);
    expect(() => objectsOf(one, { privilegedImages: ["a"] })).not.toThrow();
  }
});
