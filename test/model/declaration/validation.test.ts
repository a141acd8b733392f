import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { exec, http, log, tcp } from "../../../src/model/probe.ts";
import { secret } from "../../../src/model/text.ts";
import { problemsIn } from "../../sandboxes/problems-in.ts";

const service = (properties: object) => ({ services: { cache: { image: "redis:7", ...properties } } });
const job = (properties: object) => ({
  services: {},
  jobs: { tests: { image: "alpine", script: ["true"], ...properties } },
});
const raw = (properties: object = {}) => ({ image: "alpine", ...properties });

test.each<[string, object, string | RegExp]>([
  [
    "name of a network",
    { services: {}, networks: { Backend: {} } },
    /^snake\.networks: "Backend" is not a legal name/,
  ],
  [
    "name of a volume",
    { services: {}, volumes: ["my data"] },
    /^snake\.volumes: "my data" is not a legal name/,
  ],
  [
    "name of a service",
    { services: { my_cache: raw() } },
    /^snake\.services: "my_cache" is not a legal name.*for example "my-cache"/,
  ],
  [
    "name of a job",
    { services: {}, jobs: { Tests: { ...raw(), script: ["x"] } } },
    /^snake\.jobs: "Tests" is not a legal name/,
  ],
  [
    "name of a profile",
    service({ profiles: ["Slow"] }),
    /^snake\.services\.cache\.profiles: "Slow" is not a legal name/,
  ],
  [
    "name of a secret",
    service({ env: { A: secret("MY_SECRET") } }),
    /^snake\.services\.cache\.env\.A: "MY_SECRET" is not a legal name/,
  ],
  [
    "name of a secret in a file",
    service({ files: { "/a": { content: secret("A") } } }),
    /^snake\.services\.cache\.files\["\/a"\]: "A" is not a legal name/,
  ],
  ["no network", { services: {}, networks: {} }, /^snake\.networks: is empty; leave it out for one network/],
  ["volume twice", { services: {}, volumes: ["a", "a"] }, 'snake.volumes: lists "a" twice; remove one'],
  [
    "job named like a service",
    { services: { a: raw() }, jobs: { a: { ...raw(), script: ["x"] } } },
    "snake.jobs.a: has the name of a service; give one of them another name",
  ],
  [
    "image",
    service({ image: "Redis:7" }),
    'snake.services.cache.image: "Redis:7" is not an image reference; write it as docker pull takes it, for example "redis:7-alpine"',
  ],
  [
    "illegal alias",
    service({ alias: "my_cache" }),
    /^snake\.services\.cache\.alias: "my_cache" is not a legal alias.*for example "my-cache"/,
  ],
  [
    "the job's alias",
    service({ alias: "build" }),
    /^snake\.services\.cache\.alias: "build" is the name of the job's own container/,
  ],
  [
    "no alias",
    service({ alias: [] }),
    "snake.services.cache.alias: is empty; leave it out, or name an alias",
  ],
  ["alias twice", service({ alias: ["a", "a"] }), 'snake.services.cache.alias: lists "a" twice; remove one'],
  [
    "two services with one alias",
    { services: { one: raw({ alias: "db" }), two: raw({ alias: ["x", "db"] }) } },
    'snake.services.two.alias: "db" is already an alias of "one" on network "default"; give one of them another alias',
  ],
  [
    "alias that is another's key",
    { services: { one: raw(), two: raw({ alias: "one" }) } },
    /^snake\.services\.two\.alias: "one" is already an alias of "one"/,
  ],
  [
    "unknown network",
    service({ networks: ["nope"] }),
    'snake.services.cache.networks: no network "nope" in this sandbox; it has default',
  ],
  [
    "no networks",
    service({ networks: [] }),
    "snake.services.cache.networks: is empty; name at least one network",
  ],
  [
    "network twice",
    service({ networks: ["default", "default"] }),
    'snake.services.cache.networks: lists "default" twice; remove one',
  ],
  [
    "which network",
    { ...service({}), networks: { front: {}, back: {} } },
    "snake.services.cache.networks: say which of the sandbox's networks it joins: front, back",
  ],
  [
    "unknown volume",
    service({ volumes: { "/data": "nope" } }),
    'snake.services.cache.volumes: no volume "nope" in this sandbox; it has none',
  ],
  [
    "mount path",
    { ...service({ volumes: { data: "data" } }), volumes: ["data"] },
    /^snake\.services\.cache\.volumes: "data" is not a path in the container/,
  ],
  [
    "tmpfs path",
    service({ tmpfs: { "/../a": "1MiB" } }),
    /^snake\.services\.cache\.tmpfs: "\/\.\.\/a" is not a path in the container/,
  ],
  [
    "tmpfs size",
    service({ tmpfs: { "/tmp": "64" } }),
    /^snake\.services\.cache\.tmpfs\["\/tmp"\]: "64" is not a size/,
  ],
  [
    "memory",
    service({ limits: { memory: "lots" } }),
    /^snake\.services\.cache\.limits\.memory: "lots" is not a size; write a number with KiB, MiB or GiB/,
  ],
  [
    "cpus",
    service({ limits: { cpus: 0 } }),
    "snake.services.cache.limits.cpus: 0 is not a number of more than zero",
  ],
  [
    "infinite cpus",
    service({ limits: { cpus: Number.POSITIVE_INFINITY } }),
    "snake.services.cache.limits.cpus: Infinity is not a number of more than zero",
  ],
  [
    "extra host",
    service({ extraHosts: { "a b": "192.0.2.7" } }),
    /^snake\.services\.cache\.extraHosts: "a b" is not a host name/,
  ],
  [
    "extra host's address",
    service({ extraHosts: { a: "b" } }),
    'snake.services.cache.extraHosts.a: "b" is neither an IP address nor "host-gateway"',
  ],
  [
    "variable name",
    service({ env: { "A B": "" } }),
    /^snake\.services\.cache\.env: "A B" is not a legal variable name/,
  ],
  [
    "variable name of a job",
    job({ env: { "a.b": "" } }),
    /^snake\.jobs\.tests\.env: "a\.b" is not a legal variable name/,
  ],
  ["NUL", service({ env: { A: "a\0b" } }), /^snake\.services\.cache\.env\.A: holds a NUL character/],
  [
    "NUL beside a secret",
    service({ env: { A: ["a\0b", secret("s")] } }),
    /^snake\.services\.cache\.env\.A: holds a NUL character/,
  ],
  [
    "port",
    service({ ports: [70000] }),
    "snake.services.cache.ports: 70000 is not a port; use a whole number from 1 to 65535",
  ],
  ["port in part", service({ ports: [80.5] }), /^snake\.services\.cache\.ports: 80\.5 is not a port/],
  ["port twice", service({ ports: [80, 80] }), 'snake.services.cache.ports: lists "80" twice; remove one'],
  [
    "catalog service without port",
    { services: { cache: redis({ ports: [] }) } },
    /^snake\.services\.cache\.ports: is empty; clients need the port/,
  ],
  [
    "nothing to publish",
    service({ publish: true }),
    /^snake\.services\.cache\.publish: has no ports to publish/,
  ],
  [
    "unknown port to publish",
    service({ ports: [80], publish: { 81: 81 } }),
    'snake.services.cache.publish: no port "81" in this sandbox; it has 80',
  ],
  [
    "host port",
    service({ ports: [80], publish: { 80: 0 } }),
    /^snake\.services\.cache\.publish\[80\]: 0 is not a port/,
  ],
  [
    "host port of another",
    {
      services: {
        one: raw({ ports: [80], publish: { 80: 8080 } }),
        two: raw({ ports: [90], publish: { 90: 8080 } }),
      },
    },
    'snake.services.two.publish: "one" already has port 8080 of this machine; publish this one at another',
  ],
  [
    "duration of a probe",
    service({ probe: { kind: "tcp", port: 80, within: "soon" } }),
    /^snake\.services\.cache\.probe\.within: "soon" is not a duration; write a number with ms, s, m, h or d/,
  ],
  [
    "pause of a probe",
    service({ probe: { kind: "tcp", port: 80, startEvery: "0ms" } }),
    /^snake\.services\.cache\.probe\.startEvery: "0ms" is not a duration/,
  ],
  [
    "retries of a probe",
    service({ probe: tcp(80, { retries: 1.5 }) }),
    "snake.services.cache.probe.retries: 1.5 is not a whole number of more than zero",
  ],
  ["port of a probe", service({ probe: tcp(0) }), /^snake\.services\.cache\.probe\.port: 0 is not a port/],
  [
    "path of a probe",
    service({ probe: http(80, "healthz") }),
    /^snake\.services\.cache\.probe\.path: "healthz" is not a path; begin it with "\/"/,
  ],
  [
    "line break in the path of a probe",
    service({ probe: http(80, "/a\nb") }),
    /is not a path; begin it with "\/"/,
  ],
  [
    "pattern of a probe",
    service({ probe: log("(") }),
    'snake.services.cache.probe.pattern: "(" is not a regular expression',
  ],
  ["command of a probe", service({ probe: exec([]) }), /^snake\.services\.cache\.probe\.command: is empty/],
  [
    "unknown service in after",
    service({ after: { db: "ready" } }),
    'snake.services.cache.after: no service "db" in this sandbox; it has cache',
  ],
  [
    "what every object has, in after",
    service({ after: { constructor: "ready" } }),
    /^snake\.services\.cache\.after: no service "constructor"/,
  ],
  [
    "unknown condition",
    { services: { a: raw(), b: raw({ after: { a: "healthy" } }) } },
    'snake.services.b.after.a: "healthy" is neither "ready" nor "completed"',
  ],
  [
    "completion of what keeps running",
    { services: { a: raw(), b: raw({ after: { a: "completed" } }) } },
    /^snake\.services\.b\.after\.a: "a" never completes; give it runsOnce: true/,
  ],
  [
    "readiness of what runs once",
    { services: { a: raw({ runsOnce: true }), b: raw({ after: { a: "ready" } }) } },
    /^snake\.services\.b\.after\.a: "a" runs once; wait until it is "completed"/,
  ],
  [
    "circle",
    { services: { a: raw({ after: { b: "ready" } }), b: raw({ after: { a: "ready" } }) } },
    "snake.services.a.after: waits in a circle: a → b → a; remove one of these",
  ],
  [
    "waiting for another profile",
    { services: { a: raw({ profiles: ["slow"] }), b: raw({ after: { a: "ready" } }) } },
    'snake.services.b.after.a: service "a" belongs to the profile "slow" and may not be there; give this one the same profiles',
  ],
  [
    "job that refers to another profile",
    {
      services: { a: raw({ profiles: ["slow"] }) },
      jobs: { t: { ...raw(), script: ["x"], env: (s: { a: { host: string } }) => ({ A: s.a.host }) } },
    },
    /^snake\.jobs\.t\.env: service "a" belongs to the profile "slow"/,
  ],
  [
    "service that refers to another profile",
    {
      services: {
        a: raw({ profiles: ["slow"] }),
        b: raw({ profiles: ["fast", "slow"], env: (s: { a: { host: string } }) => ({ A: s.a.host }) }),
      },
    },
    /^snake\.services\.b\.env: service "a" belongs to the profile "slow"/,
  ],
  [
    "probe of what runs once",
    service({ runsOnce: true, probe: tcp(80) }),
    /^snake\.services\.cache\.probe: a service that runs once has no probe/,
  ],
  [
    "path of a file",
    service({ files: { "etc/a": { content: "" } } }),
    /^snake\.services\.cache\.files: "etc\/a" is not a path in the container/,
  ],
  [
    "file outside the project",
    service({ files: { "/a": { path: "../a" } } }),
    /^snake\.services\.cache\.files\["\/a"\]: "\.\.\/a" leaves the project/,
  ],
  [
    "shared path",
    service({ shares: ["certs"] }),
    /^snake\.services\.cache\.shares: "certs" is not a path in the container/,
  ],
  [
    "volume named like a shared one",
    { ...service({ shares: ["/certs"] }), volumes: ["cache-shared"] },
    'snake.services.cache.shares: makes a volume "cache-shared", which the sandbox has; rename that one',
  ],
  [
    "two mounts at one path",
    { ...service({ volumes: { "/data": "data" }, tmpfs: { "/data/": "1MiB" } }), volumes: ["data"] },
    'snake.services.cache: mounts both volume "data" and tmpfs at /data/; move one',
  ],
  [
    "grace",
    service({ stop: { grace: "soon" } }),
    /^snake\.services\.cache\.stop\.grace: "soon" is not a duration/,
  ],
  ["empty script", job({ script: [] }), "snake.jobs.tests.script: is empty; give it at least one command"],
  [
    "files outside the project",
    job({ files: "/etc" }),
    /^snake\.jobs\.tests\.files: "\/etc" leaves the project; use a path relative/,
  ],
  [
    "working folder",
    job({ workingFolder: "src" }),
    /^snake\.jobs\.tests\.workingFolder: "src" is not a path in the container/,
  ],
  [
    "timeout of a job",
    job({ timeout: "1 hour" }),
    /^snake\.jobs\.tests\.timeout: "1 hour" is not a duration/,
  ],
])("%s: one problem, with its path and remedy", (_, definition, message) => {
  expect(problemsIn(definition)).toEqual([
    typeof message === "string" ? message : expect.stringMatching(message),
  ]);
});

test("the name of a sandbox is checked too", () => {
  expect(problemsIn({ services: {} }, "My Snake")).toEqual([
    expect.stringMatching(/^sandbox: "My Snake" is not a legal name.*for example "my-snake"/),
  ]);
});

test("a job must share a network with every service that it refers to", () => {
  const networks = { front: {}, back: {} };
  const services = { db: raw({ networks: ["back"] }), web: raw({ networks: ["front", "back"] }) };
  const env = ({ db, web }: { [name: string]: { host: string } }) => ({ A: db?.host, B: web?.host });
  const tests = { ...raw({ networks: ["front"] }), script: ["x"], env };
  expect(problemsIn({ networks, services, jobs: { tests } })).toEqual([
    'snake.jobs.tests.networks: shares no network with "db", which it refers to; join "back"',
  ]);
});

test("a job that refers to two daemons gets both certificates only at different paths", () => {
  const services = { one: dind({ alias: "one" }), two: dind({ alias: "two" }) };
  const env = ({ one, two }: { [name: string]: { host: string } }) => ({ A: one?.host, B: two?.host });
  expect(problemsIn({ services, jobs: { t: { ...raw(), script: ["x"], env } } })).toEqual([
    'snake.jobs.t: mounts both what "one" shares and what "two" shares at /certs/client; move one',
  ]);
});

test("an alias may be the same on networks that no service shares", () => {
  const networks = { front: {}, back: {} };
  const services = {
    one: raw({ alias: "db", networks: ["front"] }),
    two: raw({ alias: "db", networks: ["back"] }),
  };
  expect(problemsIn({ networks, services })).toEqual([]);
});

test("what belongs to a profile may wait for what belongs to it too, or to none", () => {
  const services = {
    always: raw(),
    slow: raw({ profiles: ["slow", "all"] }),
    other: raw({ profiles: ["slow"], after: { always: "ready", slow: "ready" } }),
  };
  expect(problemsIn({ services })).toEqual([]);
});

test.each([
  "redis",
  "redis:7-alpine",
  "valkey/valkey:8-alpine",
  "quay.io/minio/minio:RELEASE.2025-01-01T00-00-00Z",
  "localhost:5000/a/b_c/d__e/f--g:latest",
  `redis@sha256:${"0".repeat(64)}`,
  `Registry.example.com/redis:7@sha256:${"a".repeat(64)}`,
])("%s is an image reference", (image) => {
  expect(problemsIn(service({ image }))).toEqual([]);
});

test.each([
  "",
  "redis:",
  "redis 7",
  "a//b",
  "-a",
  "redis@sha256:12",
  "https://redis",
  "redis:7\n",
  "$IMAGE",
  "a:b:c/d",
])("%j is not an image reference", (image) => {
  expect(problemsIn(service({ image }))).toEqual([expect.stringContaining("is not an image reference")]);
});

test.each([
  ["discovery.type", "single-node"],
  ["A", ""],
  ["A", 'it\'s "quoted"\n$HOME $$ ${X} größe 😀 \t\\'],
])("a service may have the variable %s with the value %j", (name, value) => {
  expect(
    sandbox("snake", { services: { a: { image: "a", env: { [name]: value } } } }).services.a?.env,
  ).toEqual({
    [name]: value,
  });
});

test("any value of a variable is kept as it is, but for what no environment can hold", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      fc.pre(!value.includes("\0"));
      const { services, jobs } = sandbox("snake", {
        services: { a: { image: "a", env: { A: value } } },
        jobs: { t: { image: "a", script: ["x"], env: () => ({ A: value }) } },
      });
      expect(services.a?.env?.A).toBe(value);
      expect(jobs.t?.env.A).toBe(value);
    }),
  );
});

describe("jobs that need others", () => {
  const job = (change: object) => ({ image: "a", script: ["x"], ...change });
  const problemsWith = (jobs: object) => problemsIn({ services: {}, jobs });

  test("may take variables, and their image, from them", () => {
    const build = job({ variablesFile: "out/image.env" });
    expect(problemsWith({ build, verify: job({ needs: ["build"], image: "$IMAGE" }) })).toEqual([]);
    expect(problemsWith({ build, verify: job({ needs: ["build"], image: "${IMAGE}" }) })).toEqual([]);
  });

  test.each<[string, object, string]>([
    [
      "a job that is not there",
      { tests: job({ needs: ["build"] }) },
      'snake.jobs.tests.needs: no job "build" in this sandbox; it has tests',
    ],
    [
      "itself",
      { tests: job({ needs: ["tests"] }) },
      "snake.jobs.tests.needs: waits in a circle: tests → tests; remove one of these",
    ],
    [
      "a job twice",
      { build: job({}), tests: job({ needs: ["build", "build"] }) },
      'snake.jobs.tests.needs: lists "build" twice; remove one',
    ],
    [
      "a job that may not be there",
      { build: job({ profiles: ["slow"] }), tests: job({ needs: ["build"] }) },
      'snake.jobs.tests.needs: job "build" belongs to the profile "slow" and may not be there; give this one the same profiles',
    ],
    [
      "no job that hands its image on",
      { build: job({}), tests: job({ needs: ["build"], image: "$IMAGE" }) },
      'snake.jobs.tests.image: "$IMAGE" is a variable that nobody hands on; need a job with a variablesFile',
    ],
    [
      "a variables file elsewhere",
      { tests: job({ variablesFile: "/tmp/a.env" }) },
      'snake.jobs.tests.variablesFile: "/tmp/a.env" leaves the project',
    ],
    [
      "an image of which only a part is a variable",
      { build: job({ variablesFile: "a.env" }), tests: job({ needs: ["build"], image: "a:$TAG" }) },
      'snake.jobs.tests.image: "a:$TAG" is not an image reference',
    ],
  ])("%s is refused", (_, jobs, message) => {
    expect(problemsWith(jobs)).toEqual([expect.stringContaining(message)]);
  });

  test("a circle of two is told at both, and at nobody else", () => {
    const jobs = { a: job({ needs: ["b"] }), b: job({ needs: ["a"] }), c: job({ needs: ["a"] }) };
    expect(problemsWith(jobs).map((problem) => problem.split(":")[0])).toEqual([
      "snake.jobs.a.needs",
      "snake.jobs.b.needs",
    ]);
  });
});
