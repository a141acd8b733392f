import { expect, test } from "@jest/globals";
import { problemsIn } from "../../sandboxes/problems-in.ts";

/** A declaration with one service, with properties that the compiler would reject. */
const service = (properties: object) => ({ services: { cache: { image: "redis:7", ...properties } } });
const job = (properties: object) => ({
  services: {},
  jobs: { tests: { image: "alpine", script: ["true"], ...properties } },
});

test.each([
  [undefined, "snake: is undefined; use an object that describes a sandbox"],
  [[], "snake: is a list; use an object that describes a sandbox"],
  [{}, "snake.services: is missing; a sandbox requires it"],
  [{ services: [] }, "snake.services: is a list; use an object with a service for each name"],
  [
    { services: { cache: "redis" } },
    'snake.services.cache: is the string "redis"; use an object that describes a service',
  ],
  [{ services: { cache: {} } }, "snake.services.cache.image: is missing; a service requires it"],
  [{ services: {}, volumes: "data" }, 'snake.volumes: is the string "data"; use a list of strings'],
  [
    { services: {}, networks: ["a"] },
    "snake.networks: is a list; use an object such as { backend: { internal: true } }",
  ],
  [
    { services: {}, networks: { a: { internl: true } } },
    'snake.networks.a.internl: is not a property of a network; did you mean "internal"?',
  ],
  [{ services: {}, job: {} }, 'snake.job: is not a property of a sandbox; did you mean "jobs"?'],
  [service({ image: 7 }), "snake.services.cache.image: is the number 7; use a string"],
  [
    service({ comand: [] }),
    'snake.services.cache.comand: is not a property of a service; did you mean "command"?',
  ],
  [
    service({ restart: "always" }),
    /^snake\.services\.cache\.restart: is not a property of a service; use image, networks, .*connection$/,
  ],
  [
    service({ command: "redis-server" }),
    'snake.services.cache.command: is the string "redis-server"; use a list of strings',
  ],
  [service({ command: ["a", 5] }), "snake.services.cache.command[1]: is the number 5; use a string"],
  [service({ alias: 5 }), "snake.services.cache.alias: is the number 5; use a string"],
  [service({ ports: 6379 }), "snake.services.cache.ports: is the number 6379; use a list of port numbers"],
  [service({ ports: ["6379"] }), 'snake.services.cache.ports[0]: is the string "6379"; use a number'],
  [service({ publish: 80 }), "snake.services.cache.publish: is the number 80; use true or false"],
  [service({ publish: { 80: "80" } }), 'snake.services.cache.publish.80: is the string "80"; use a number'],
  [service({ env: ["A=1"] }), 'snake.services.cache.env: is a list; use an object such as { NAME: "value" }'],
  [
    service({ env: { A: true } }),
    'snake.services.cache.env.A: is the boolean true; use a string such as "true", secret() or text`…`',
  ],
  [
    service({ env: { A: undefined } }),
    "snake.services.cache.env.A: is undefined; use a string, secret() or text`…`",
  ],
  [
    service({ env: { A: { secret: 5 } } }),
    "snake.services.cache.env.A: is an object; use a string, secret() or text`…`",
  ],
  [
    service({ env: { A: ["a", 5] } }),
    "snake.services.cache.env.A: is a list; use a string, secret() or text`…`",
  ],
  [
    service({ networks: "default" }),
    'snake.services.cache.networks: is the string "default"; use a list of strings',
  ],
  [
    service({ volumes: ["/data"] }),
    'snake.services.cache.volumes: is a list; use an object such as { "/var/lib/data": "data" }',
  ],
  [
    service({ tmpfs: "/tmp" }),
    'snake.services.cache.tmpfs: is the string "/tmp"; use an object such as { "/tmp": "64MiB" }',
  ],
  [
    service({ limits: { memory: 256 } }),
    "snake.services.cache.limits.memory: is the number 256; use a string",
  ],
  [
    service({ limits: { cpu: 1 } }),
    'snake.services.cache.limits.cpu: is not a property of limits; did you mean "cpus"?',
  ],
  [service({ extraHosts: ["a:1.2.3.4"] }), /extraHosts: is a list; use an object such as/],
  [
    service({ files: { "/a": "text" } }),
    /^snake\.services\.cache\.files\.\/a: is the string "text"; use an object that describes/,
  ],
  [
    service({ files: { "/a": {} } }),
    "snake.services.cache.files./a.path: is missing; a file of the project requires it",
  ],
  [
    service({ files: { "/a": { content: 5 } } }),
    /files\.\/a\.content: is the number 5; use a string such as "5"/,
  ],
  [
    service({ files: { "/a": { content: "a", path: "b" } } }),
    /files\.\/a\.path: is not a property of a file's content/,
  ],
  [
    service({ probe: "redis-cli ping" }),
    /probe: is the string "redis-cli ping"; use exec\(\), tcp\(\), http\(\), log\(\)/,
  ],
  [service({ probe: { kind: "constructor" } }), /probe: is an object; use exec\(\)/],
  [
    service({ probe: { kind: "tcp" } }),
    "snake.services.cache.probe.port: is missing; a tcp probe requires it",
  ],
  [
    service({ probe: { kind: "exec", command: ["a"], retrys: 3 } }),
    'snake.services.cache.probe.retrys: is not a property of an exec probe; did you mean "retries"?',
  ],
  [
    service({ after: ["db"] }),
    'snake.services.cache.after: is a list; use an object such as { database: "ready" }',
  ],
  [service({ runsOnce: "yes" }), 'snake.services.cache.runsOnce: is the string "yes"; use true or false'],
  [service({ privileged: 1 }), "snake.services.cache.privileged: is the number 1; use true or false"],
  [
    service({ shares: "/certs" }),
    'snake.services.cache.shares: is the string "/certs"; use a list of strings',
  ],
  [
    service({ dockerDaemon: true }),
    "snake.services.cache.dockerDaemon: is the boolean true; use an object that describes a Docker daemon",
  ],
  [service({ stop: { grace: 5 } }), "snake.services.cache.stop.grace: is the number 5; use a string"],
  [
    service({ profiles: "slow" }),
    'snake.services.cache.profiles: is the string "slow"; use a list of strings',
  ],
  [service({ user: 0 }), "snake.services.cache.user: is the number 0; use a string"],
  [job({ script: "pytest -q" }), 'snake.jobs.tests.script: is the string "pytest -q"; use a list of strings'],
  [job({ script: undefined }), "snake.jobs.tests.script: is missing; a job requires it"],
  [job({ scripts: [] }), 'snake.jobs.tests.scripts: is not a property of a job; did you mean "script"?'],
  [job({ before: "pip install" }), /before: is the string "pip install"; use a list of strings/],
  [job({ files: ["a"] }), "snake.jobs.tests.files: is a list; use a string"],
  [job({ timeout: 60 }), "snake.jobs.tests.timeout: is the number 60; use a string"],
])("%j: %s", (definition, message) => {
  expect(problemsIn(definition)).toEqual([
    typeof message === "string" ? message : expect.stringMatching(message),
  ]);
});

test("the name of a sandbox must be a string", () => {
  expect(problemsIn({ services: {} }, 5)).toEqual(["sandbox: is the number 5; use a string"]);
});

test("an undefined property counts as absent", () => {
  const undefinedProperties = { alias: undefined, command: undefined, ports: undefined, probe: undefined };
  expect(problemsIn(service(undefinedProperties))).toEqual([]);
  expect(problemsIn(job({ files: undefined, before: undefined, env: undefined }))).toEqual([]);
});

test("all wrong types are reported at once", () => {
  expect(problemsIn({ ...job({ script: 5 }), ...service({ ports: 5, comand: 5 }), jobz: {} })).toHaveLength(
    4,
  );
});
