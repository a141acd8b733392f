import { expect, test } from "@jest/globals";
import { problemsIn } from "../../sandboxes/problems-in.ts";

/** A declaration with one service, of which one property is what plain JavaScript may make of it. */
const service = (properties: object) => ({ services: { cache: { image: "redis:7", ...properties } } });
const job = (properties: object) => ({
  services: {},
  jobs: { tests: { image: "alpine", script: ["true"], ...properties } },
});

test.each([
  [undefined, "snake: is undefined; write an object that describes a sandbox"],
  [[], "snake: is a list; write an object that describes a sandbox"],
  [{}, "snake.services: is missing; a sandbox needs it"],
  [{ services: [] }, "snake.services: is a list; write an object with a service for each name"],
  [
    { services: { cache: "redis" } },
    'snake.services.cache: is the text "redis"; write an object that describes a service',
  ],
  [{ services: { cache: {} } }, "snake.services.cache.image: is missing; a service needs it"],
  [{ services: {}, volumes: "data" }, 'snake.volumes: is the text "data"; write a list of texts'],
  [
    { services: {}, networks: ["a"] },
    "snake.networks: is a list; write an object such as { backend: { internal: true } }",
  ],
  [
    { services: {}, networks: { a: { internl: true } } },
    'snake.networks.a.internl: is no property of a network; did you mean "internal"?',
  ],
  [{ services: {}, job: {} }, 'snake.job: is no property of a sandbox; did you mean "jobs"?'],
  [service({ image: 7 }), "snake.services.cache.image: is the number 7; write text in quotes"],
  [
    service({ comand: [] }),
    'snake.services.cache.comand: is no property of a service; did you mean "command"?',
  ],
  [
    service({ restart: "always" }),
    /^snake\.services\.cache\.restart: is no property of a service; it knows image, networks, .*connection$/,
  ],
  [
    service({ command: "redis-server" }),
    'snake.services.cache.command: is the text "redis-server"; write a list of texts',
  ],
  [service({ command: ["a", 5] }), "snake.services.cache.command[1]: is the number 5; write text in quotes"],
  [service({ alias: 5 }), "snake.services.cache.alias: is the number 5; write text in quotes"],
  [service({ ports: 6379 }), "snake.services.cache.ports: is the number 6379; write a list of port numbers"],
  [service({ ports: ["6379"] }), 'snake.services.cache.ports[0]: is the text "6379"; write a number'],
  [service({ publish: 80 }), "snake.services.cache.publish: is the number 80; write true or false"],
  [service({ publish: { 80: "80" } }), 'snake.services.cache.publish.80: is the text "80"; write a number'],
  [
    service({ env: ["A=1"] }),
    'snake.services.cache.env: is a list; write an object such as { NAME: "value" }',
  ],
  [
    service({ env: { A: true } }),
    'snake.services.cache.env.A: is the boolean true; write text in quotes, "true", or what secret() or text`…` gives',
  ],
  [
    service({ env: { A: undefined } }),
    "snake.services.cache.env.A: is undefined; write text in quotes, or what secret() or text`…` gives",
  ],
  [
    service({ env: { A: { secret: 5 } } }),
    "snake.services.cache.env.A: is an object; write text in quotes, or what secret() or text`…` gives",
  ],
  [
    service({ env: { A: ["a", 5] } }),
    "snake.services.cache.env.A: is a list; write text in quotes, or what secret() or text`…` gives",
  ],
  [
    service({ networks: "default" }),
    'snake.services.cache.networks: is the text "default"; write a list of texts',
  ],
  [
    service({ volumes: ["/data"] }),
    'snake.services.cache.volumes: is a list; write an object such as { "/var/lib/data": "data" }',
  ],
  [
    service({ tmpfs: "/tmp" }),
    'snake.services.cache.tmpfs: is the text "/tmp"; write an object such as { "/tmp": "64MiB" }',
  ],
  [
    service({ limits: { memory: 256 } }),
    "snake.services.cache.limits.memory: is the number 256; write text in quotes",
  ],
  [
    service({ limits: { cpu: 1 } }),
    'snake.services.cache.limits.cpu: is no property of limits; did you mean "cpus"?',
  ],
  [service({ extraHosts: ["a:1.2.3.4"] }), /extraHosts: is a list; write an object such as/],
  [
    service({ files: { "/a": "text" } }),
    /^snake\.services\.cache\.files\.\/a: is the text "text"; write an object that describes/,
  ],
  [
    service({ files: { "/a": {} } }),
    "snake.services.cache.files./a.path: is missing; a file of the project needs it",
  ],
  [
    service({ files: { "/a": { content: 5 } } }),
    /files\.\/a\.content: is the number 5; write text in quotes, "5"/,
  ],
  [
    service({ files: { "/a": { content: "a", path: "b" } } }),
    /files\.\/a\.path: is no property of a file's content/,
  ],
  [
    service({ probe: "redis-cli ping" }),
    /probe: is the text "redis-cli ping"; write what exec\(\), tcp\(\), http\(\), log\(\)/,
  ],
  [service({ probe: { kind: "constructor" } }), /probe: is an object; write what exec\(\)/],
  [service({ probe: { kind: "tcp" } }), "snake.services.cache.probe.port: is missing; a tcp probe needs it"],
  [
    service({ probe: { kind: "exec", command: ["a"], retrys: 3 } }),
    'snake.services.cache.probe.retrys: is no property of an exec probe; did you mean "retries"?',
  ],
  [
    service({ after: ["db"] }),
    'snake.services.cache.after: is a list; write an object such as { database: "ready" }',
  ],
  [service({ runsOnce: "yes" }), 'snake.services.cache.runsOnce: is the text "yes"; write true or false'],
  [service({ privileged: 1 }), "snake.services.cache.privileged: is the number 1; write true or false"],
  [service({ shares: "/certs" }), 'snake.services.cache.shares: is the text "/certs"; write a list of texts'],
  [
    service({ dockerDaemon: true }),
    "snake.services.cache.dockerDaemon: is the boolean true; write an object that describes a Docker daemon",
  ],
  [service({ stop: { grace: 5 } }), "snake.services.cache.stop.grace: is the number 5; write text in quotes"],
  [service({ profiles: "slow" }), 'snake.services.cache.profiles: is the text "slow"; write a list of texts'],
  [service({ user: 0 }), "snake.services.cache.user: is the number 0; write text in quotes"],
  [job({ script: "pytest -q" }), 'snake.jobs.tests.script: is the text "pytest -q"; write a list of texts'],
  [job({ script: undefined }), "snake.jobs.tests.script: is missing; a job needs it"],
  [job({ scripts: [] }), 'snake.jobs.tests.scripts: is no property of a job; did you mean "script"?'],
  [job({ before: "pip install" }), /before: is the text "pip install"; write a list of texts/],
  [job({ files: ["a"] }), "snake.jobs.tests.files: is a list; write text in quotes"],
  [job({ timeout: 60 }), "snake.jobs.tests.timeout: is the number 60; write text in quotes"],
])("%j: %s", (definition, message) => {
  expect(problemsIn(definition)).toEqual([
    typeof message === "string" ? message : expect.stringMatching(message),
  ]);
});

test("the name of a sandbox is text", () => {
  expect(problemsIn({ services: {} }, 5)).toEqual(["sandbox: is the number 5; write text in quotes"]);
});

test("a property that is undefined counts as left out", () => {
  const undefinedProperties = { alias: undefined, command: undefined, ports: undefined, probe: undefined };
  expect(problemsIn(service(undefinedProperties))).toEqual([]);
  expect(problemsIn(job({ files: undefined, before: undefined, env: undefined }))).toEqual([]);
});

test("everything that has a wrong type is told at once", () => {
  expect(problemsIn({ ...job({ script: 5 }), ...service({ ports: 5, comand: 5 }), jobz: {} })).toHaveLength(
    4,
  );
});
