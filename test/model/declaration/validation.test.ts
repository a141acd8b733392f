import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { exec, http, log, tcp } from "../../../src/model/probe.ts";
import { secret, text } from "../../../src/model/text.ts";
import { ANY_CHARACTER } from "../../any-character.ts";
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
    /^snake\.volumes\[0\]: "my data" is not a legal name/,
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
    /^snake\.services\.cache\.profiles\[0\]: "Slow" is not a legal name/,
  ],
  [
    "name of a secret",
    service({ env: { A: secret("MY_SECRET") } }),
    /^snake\.services\.cache\.env\.A: "MY_SECRET" is not a legal name/,
  ],
  [
    "name of a secret in a file",
    service({ files: { "/a": { content: secret("A") } } }),
    /^snake\.services\.cache\.files\["\/a"\]\.content: "A" is not a legal name/,
  ],
  ["no network", { services: {}, networks: {} }, /^snake\.networks: is empty; remove it to get one network/],
  ["volume twice", { services: {}, volumes: ["a", "a"] }, 'snake.volumes: lists "a" twice; remove one'],
  [
    "job named like a service",
    { services: { a: raw() }, jobs: { a: { ...raw(), script: ["x"] } } },
    "snake.jobs.a: has the name of a service; rename one of them",
  ],
  [
    "image",
    service({ image: "Redis:7" }),
    'snake.services.cache.image: "Redis:7" is not an image reference; use one that docker pull accepts, ' +
      'for example "redis:7-alpine"',
  ],
  [
    "illegal alias",
    service({ alias: "my_cache" }),
    /^snake\.services\.cache\.alias: "my_cache" is not a legal alias.*for example "my-cache"/,
  ],
  [
    "the job's alias",
    service({ alias: "build" }),
    /^snake\.services\.cache\.alias: "build" is reserved for the job's own container/,
  ],
  ["no alias", service({ alias: [] }), "snake.services.cache.alias: is empty; remove it, or add an alias"],
  ["alias twice", service({ alias: ["a", "a"] }), 'snake.services.cache.alias: lists "a" twice; remove one'],
  [
    "two services with one alias",
    { services: { one: raw({ alias: "db" }), two: raw({ alias: ["x", "db"] }) } },
    'snake.services.two.alias: "db" is already an alias of "one" on network "default"; change one of them',
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
    "snake.services.cache.networks: is empty; add at least one network",
  ],
  [
    "network twice",
    service({ networks: ["default", "default"] }),
    'snake.services.cache.networks: lists "default" twice; remove one',
  ],
  [
    "missing choice of network",
    { ...service({}), networks: { front: {}, back: {} } },
    "snake.services.cache.networks: is missing, and the sandbox has several networks; join some of " +
      "front, back",
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
    /^snake\.services\.cache\.limits\.memory: "lots" is not a size; use a number with KiB, MiB or GiB/,
  ],
  [
    "cpus",
    service({ limits: { cpus: 0 } }),
    "snake.services.cache.limits.cpus: 0 is not a positive number; use one such as 1.5",
  ],
  [
    "infinite cpus",
    service({ limits: { cpus: Number.POSITIVE_INFINITY } }),
    "snake.services.cache.limits.cpus: Infinity is not a positive number; use one such as 1.5",
  ],
  [
    "extra host",
    service({ extraHosts: { "a b": "192.0.2.7" } }),
    /^snake\.services\.cache\.extraHosts: "a b" is not a host name/,
  ],
  [
    "extra host's address",
    service({ extraHosts: { a: "b" } }),
    'snake.services.cache.extraHosts.a: "b" is not an address; use an IP address or "host-gateway"',
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
  ["NUL", service({ env: { A: "a\0b" } }), /^snake\.services\.cache\.env\.A: has a NUL character/],
  [
    "NUL beside a secret",
    service({ env: { A: ["a\0b", secret("s")] } }),
    /^snake\.services\.cache\.env\.A: has a NUL character/,
  ],
  [
    "port",
    service({ ports: [70000] }),
    "snake.services.cache.ports[0]: 70000 is not a port; use a whole number from 1 to 65535",
  ],
  ["fractional port", service({ ports: [80.5] }), /^snake\.services\.cache\.ports\[0\]: 80\.5 is not a port/],
  ["port twice", service({ ports: [80, 80] }), 'snake.services.cache.ports: lists "80" twice; remove one'],
  [
    "catalog service without port",
    { services: { cache: redis({ ports: [] }) } },
    /^snake\.services\.cache\.ports: is empty; add the port/,
  ],
  [
    "publish without ports",
    service({ publish: true }),
    /^snake\.services\.cache\.publish: is set without ports/,
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
    "host port of another service",
    {
      services: {
        one: raw({ ports: [80], publish: { 80: 8080 } }),
        two: raw({ ports: [90], publish: { 90: 8080 } }),
      },
    },
    'snake.services.two.publish: "one" already publishes host port 8080; use another host port',
  ],
  [
    "duration of a probe",
    service({ probe: { kind: "tcp", port: 80, within: "soon" } }),
    /^snake\.services\.cache\.probe\.within: "soon" is not a duration; use a number with ms, s, m, h or d/,
  ],
  [
    "pause of a probe",
    service({ probe: { kind: "tcp", port: 80, startEvery: "0ms" } }),
    /^snake\.services\.cache\.probe\.startEvery: "0ms" is not a duration/,
  ],
  [
    "retries of a probe",
    service({ probe: tcp(80, { retries: 1.5 }) }),
    "snake.services.cache.probe.retries: 1.5 is not a positive whole number; use one such as 3",
  ],
  ["port of a probe", service({ probe: tcp(0) }), /^snake\.services\.cache\.probe\.port: 0 is not a port/],
  [
    "path of a probe",
    service({ probe: http(80, "healthz") }),
    /^snake\.services\.cache\.probe\.path: "healthz" is not a path; start it with "\/"/,
  ],
  [
    "line break in the path of a probe",
    service({ probe: http(80, "/a\nb") }),
    /is not a path; start it with "\/"/,
  ],
  [
    "pattern of a probe",
    service({ probe: log("(") }),
    'snake.services.cache.probe.pattern: "(" is not a regular expression; correct its syntax',
  ],
  ["command of a probe", service({ probe: exec([]) }), /^snake\.services\.cache\.probe\.command: is empty/],
  ["text of a probe", service({ probe: exec("") }), /^snake\.services\.cache\.probe\.command: is empty/],
  [
    "unknown service in after",
    service({ after: { db: "ready" } }),
    'snake.services.cache.after: no service "db" in this sandbox; it has cache',
  ],
  [
    "property of every object in after",
    service({ after: { constructor: "ready" } }),
    /^snake\.services\.cache\.after: no service "constructor"/,
  ],
  [
    "unknown condition",
    { services: { a: raw(), b: raw({ after: { a: "healthy" } }) } },
    'snake.services.b.after.a: "healthy" is not a condition; use "ready" or "completed"',
  ],
  [
    "completion of a service without runsOnce",
    { services: { a: raw(), b: raw({ after: { a: "completed" } }) } },
    /^snake\.services\.b\.after\.a: "a" never completes; set its runsOnce to true/,
  ],
  [
    "readiness of a service with runsOnce",
    { services: { a: raw({ runsOnce: true }), b: raw({ after: { a: "ready" } }) } },
    /^snake\.services\.b\.after\.a: "a" has runsOnce and is never ready; wait for "completed"/,
  ],
  [
    "cycle",
    { services: { a: raw({ after: { b: "ready" } }), b: raw({ after: { a: "ready" } }) } },
    "snake.services.a.after: has a dependency cycle: a → b → a; remove one of the dependencies",
  ],
  [
    "wait for another profile",
    { services: { a: raw({ profiles: ["slow"] }), b: raw({ after: { a: "ready" } }) } },
    'snake.services.b.after.a: service "a" is active only with the profile "slow"; add the same profiles',
  ],
  [
    "job that references another profile",
    {
      services: { a: raw({ profiles: ["slow"] }) },
      jobs: { t: { ...raw(), script: ["x"], env: (s: { a: { host: string } }) => ({ A: s.a.host }) } },
    },
    /^snake\.jobs\.t\.env: service "a" is active only with the profile "slow"/,
  ],
  [
    "service that references another profile",
    {
      services: {
        a: raw({ profiles: ["slow"] }),
        b: raw({ profiles: ["fast", "slow"], env: (s: { a: { host: string } }) => ({ A: s.a.host }) }),
      },
    },
    /^snake\.services\.b\.env: service "a" is active only with the profile "slow"/,
  ],
  [
    "probe of a service with runsOnce",
    service({ runsOnce: true, probe: tcp(80) }),
    /^snake\.services\.cache\.probe: conflicts with runsOnce/,
  ],
  [
    "path of a file",
    service({ files: { "etc/a": { content: "" } } }),
    /^snake\.services\.cache\.files: "etc\/a" is not a path in the container/,
  ],
  [
    "file outside the project",
    service({ files: { "/a": { path: "../a" } } }),
    /^snake\.services\.cache\.files\["\/a"\]\.path: "\.\.\/a" is outside the project/,
  ],
  [
    "shared path",
    service({ shares: ["certs"] }),
    /^snake\.services\.cache\.shares\[0\]: "certs" is not a path in the container/,
  ],
  [
    "volume named like a shared one",
    { ...service({ shares: ["/certs"] }), volumes: ["cache-shared"] },
    'snake.services.cache.shares: needs the name of the declared volume "cache-shared"; rename that volume',
  ],
  [
    "two mounts at one path",
    { ...service({ volumes: { "/data": "data" }, tmpfs: { "/data/": "1MiB" } }), volumes: ["data"] },
    'snake.services.cache: mounts both volume "data" and tmpfs at /data/; move one',
  ],
  [
    "memory below what Docker accepts",
    service({ limits: { memory: "1KiB" } }),
    'snake.services.cache.limits.memory: "1KiB" is less than Docker accepts; use 6MiB or more',
  ],
  [
    "cpus that an engine rounds to no limit",
    service({ limits: { cpus: 1e-10 } }),
    "snake.services.cache.limits.cpus: 1e-10 is not a limit of processors; use 0.01 to 1024",
  ],
  [
    "cpus that no machine has",
    job({ limits: { cpus: 1e9 } }),
    "snake.jobs.tests.limits.cpus: 1000000000 is not a limit of processors; use 0.01 to 1024",
  ],
  [
    "signal",
    service({ stop: { signal: "SIGFOO" } }),
    'snake.services.cache.stop.signal: "SIGFOO" is not a signal; use one such as "SIGTERM"',
  ],
  ...["/", "//", "/.", "/./"].map((root): [string, object, string] => [
    `tmpfs at ${root}`,
    service({ tmpfs: { [root]: "1MiB" } }),
    `snake.services.cache.tmpfs: "${root}" is the root of the container; use a folder in it`,
  ]),
  [
    "volume at the root",
    { ...service({ volumes: { "/.": "data" } }), volumes: ["data"] },
    'snake.services.cache.volumes: "/." is the root of the container; use a folder in it',
  ],
  [
    "path in the container with NUL",
    service({ files: { "/a\0b": { content: "a" } } }),
    /^snake\.services\.cache\.files: "\/a\0b" is not a path in the container/,
  ],
  [
    "path of the project with NUL",
    job({ files: "a\0b" }),
    "snake.jobs.tests.files: has a NUL character, at which the system ends the text; remove it",
  ],
  [
    "script with NUL",
    job({ script: ["echo a\0b"] }),
    "snake.jobs.tests.script[0]: has a NUL character, at which the system ends the text; remove it",
  ],
  [
    "secret in a plain template of a variable",
    service({ env: { A: `redis://:${secret("password")}@cache` } }),
    "snake.services.cache.env.A: has a secret in a plain template; use the text tag: text`…`",
  ],
  [
    "secret in a plain template of a file",
    service({ files: { "/a": { content: `password ${secret("password")}` } } }),
    'snake.services.cache.files["/a"].content: has a secret in a plain template; use the text tag: text`…`',
  ],
  [
    "text with a secret in a plain template of a file",
    service({ files: { "/a": { content: `user ${text`a:${secret("password")}`}` } } }),
    'snake.services.cache.files["/a"].content: has a secret in a plain template; use the text tag: text`…`',
  ],
  ...Object.entries({
    "services.cache.command[0]": service({ command: [`--password=${secret("password")}`] }),
    "services.cache.probe.command[1]": service({ probe: exec(["redis-cli", `-a${secret("password")}`]) }),
    "jobs.tests.script[0]": job({ script: [`login ${secret("password")}`] }),
    "jobs.tests.cleanup[0]": job({ cleanup: [`logout ${secret("password")}`] }),
    "services.cache.labels.token": service({ labels: { token: `${secret("password")}` } }),
  }).map(([property, definition]): [string, object, string] => [
    `secret in ${property}`,
    definition,
    `snake.${property}: has a secret, which only env and the content of a file can have; ` +
      'declare it in env, and use "$NAME"',
  ]),
  [
    "grace",
    service({ stop: { grace: "soon" } }),
    /^snake\.services\.cache\.stop\.grace: "soon" is not a duration/,
  ],
  ["empty script", job({ script: [] }), "snake.jobs.tests.script: is empty; add at least one command"],
  [
    "files outside the project",
    job({ files: "/etc" }),
    /^snake\.jobs\.tests\.files: "\/etc" is outside the project; use a path relative/,
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

test("the name of a sandbox must be legal", () => {
  expect(problemsIn({ services: {} }, "My Snake")).toEqual([
    expect.stringMatching(/^sandbox: "My Snake" is not a legal name.*for example "my-snake"/),
  ]);
});

test("a job must share a network with each service that it references", () => {
  const networks = { front: {}, back: {} };
  const services = { db: raw({ networks: ["back"] }), web: raw({ networks: ["front", "back"] }) };
  const env = ({ db, web }: { [name: string]: { host: string } }) => ({ A: db?.host, B: web?.host });
  const tests = { ...raw({ networks: ["front"] }), script: ["x"], env };
  expect(problemsIn({ networks, services, jobs: { tests } })).toEqual([
    'snake.jobs.tests.networks: shares no network with "db", which it references; join "back"',
  ]);
});

test("certificates of two daemons in a job must have different paths", () => {
  const services = { one: dind({ alias: "one" }), two: dind({ alias: "two" }) };
  const env = ({ one, two }: { [name: string]: { host: string } }) => ({ A: one?.host, B: two?.host });
  expect(problemsIn({ services, jobs: { t: { ...raw(), script: ["x"], env } } })).toEqual([
    'snake.jobs.t: mounts both the folder that "one" shares and the folder that "two" shares at ' +
      "/certs/client; move one",
  ]);
});

test("services without a common network may have the same alias", () => {
  const networks = { front: {}, back: {} };
  const services = {
    one: raw({ alias: "db", networks: ["front"] }),
    two: raw({ alias: "db", networks: ["back"] }),
  };
  expect(problemsIn({ networks, services })).toEqual([]);
});

test("a service may wait for services of its profile or of no profile", () => {
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

test("any value of a variable without NUL is unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER }), (value) => {
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

describe("jobs with needs", () => {
  const job = (change: object) => ({ image: "a", script: ["x"], ...change });
  const problemsWith = (jobs: object) => problemsIn({ services: {}, jobs });

  test("may take variables and their image from needed jobs", () => {
    const build = job({ variablesFile: "out/image.env" });
    expect(problemsWith({ build, verify: job({ needs: ["build"], image: "$IMAGE" }) })).toEqual([]);
    expect(problemsWith({ build, verify: job({ needs: ["build"], image: "${IMAGE}" }) })).toEqual([]);
  });

  test.each<[string, object, string]>([
    [
      "an unknown job",
      { tests: job({ needs: ["build"] }) },
      'snake.jobs.tests.needs: no job "build" in this sandbox; it has tests',
    ],
    [
      "itself",
      { tests: job({ needs: ["tests"] }) },
      "snake.jobs.tests.needs: has a dependency cycle: tests → tests; remove one of the dependencies",
    ],
    [
      "a job twice",
      { build: job({}), tests: job({ needs: ["build", "build"] }) },
      'snake.jobs.tests.needs: lists "build" twice; remove one',
    ],
    [
      "a job with another profile",
      { build: job({ profiles: ["slow"] }), tests: job({ needs: ["build"] }) },
      'snake.jobs.tests.needs: job "build" is active only with the profile "slow"; add the same profiles',
    ],
    [
      "an image variable that no needed job sets",
      { build: job({}), tests: job({ needs: ["build"], image: "$IMAGE" }) },
      'snake.jobs.tests.image: no needed job can set "$IMAGE"; add a job with a variablesFile to needs',
    ],
    [
      "a variables file outside the project",
      { tests: job({ variablesFile: "/tmp/a.env" }) },
      'snake.jobs.tests.variablesFile: "/tmp/a.env" is outside the project',
    ],
    [
      "an image that is only partly a variable",
      { build: job({ variablesFile: "a.env" }), tests: job({ needs: ["build"], image: "a:$TAG" }) },
      'snake.jobs.tests.image: "a:$TAG" is not an image reference',
    ],
  ])("%s is refused", (_, jobs, message) => {
    expect(problemsWith(jobs)).toEqual([expect.stringContaining(message)]);
  });

  test("a cycle of two is reported only at its members", () => {
    const jobs = { a: job({ needs: ["b"] }), b: job({ needs: ["a"] }), c: job({ needs: ["a"] }) };
    expect(problemsWith(jobs).map((problem) => problem.split(":")[0])).toEqual([
      "snake.jobs.a.needs",
      "snake.jobs.b.needs",
    ]);
  });
});

test.each(["SIGTERM", "term", "RTMIN+3", "SIGRTMAX-14", "9", "64"])("%s is a signal", (signal) => {
  expect(problemsIn(service({ stop: { signal } }))).toEqual([]);
});
