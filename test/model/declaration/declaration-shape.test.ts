import { expect, test } from "@jest/globals";
import { WORDS_OF_JOBS, WORDS_OF_SERVICES } from "../../../src/model/declaration/foreign-words.ts";
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
    service({ colour: "red" }),
    /^snake\.services\.cache\.colour: is not a property of a service; use image, networks, .*variables$/,
  ],
  [
    service({ command: "redis-server" }),
    'snake.services.cache.command: is the string "redis-server"; use a list of words: ["redis-server"]',
  ],
  [service({ command: ["a", 5] }), "snake.services.cache.command[1]: is the number 5; use a string"],
  [service({ alias: 5 }), "snake.services.cache.alias: is the number 5; use a string"],
  [service({ ports: 6379 }), "snake.services.cache.ports: is the number 6379; use a list of port numbers"],
  [service({ ports: ["6379"] }), 'snake.services.cache.ports[0]: is the string "6379"; use a number'],
  [service({ publish: 80 }), "snake.services.cache.publish: is the number 80; use true or false"],
  [service({ publish: { 80: "80" } }), 'snake.services.cache.publish[80]: is the string "80"; use a number'],
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
    /^snake\.services\.cache\.files\["\/a"\]: is the string "text"; use an object that describes/,
  ],
  [
    service({ files: { "/a": {} } }),
    'snake.services.cache.files["/a"].path: is missing; a file of the project requires it',
  ],
  [
    service({ files: { "/a": { content: 5 } } }),
    /files\["\/a"\]\.content: is the number 5; use a string such as "5"/,
  ],
  [
    service({ files: { "/a": { content: "a", path: "b" } } }),
    /files\["\/a"\]\.path: is not a property of a file's content/,
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
  [
    job({ artifacts: {} }),
    'snake.jobs.tests.artifacts: names nothing to keep; add paths, such as ["coverage/"]',
  ],
  [job({ artifacts: { paths: [] } }), /artifacts\.paths: is empty; remove it, or add a path/],
  [job({ artifacts: { paths: ["../x"] } }), /artifacts\.paths\[0\]: /],
  [
    job({ artifacts: { paths: ["a"], when: "never" } }),
    /artifacts\.when: "never" is none of on_success, on_failure, always/,
  ],
  [
    job({ artifacts: { reports: { coverage: { format: "lcov", path: "a" } } } }),
    /coverage\.format: "lcov" is none of cobertura, jacoco/,
  ],
  [job({ cache: { paths: [] } }), /cache\.paths: is empty; add a folder/],
  [job({ cache: { paths: ["./"] } }), /cache\.paths\[0\]: is the whole working folder/],
  [job({ cache: { key: { files: ["a"] } } }), /cache\.paths: is missing/],
  [
    job({ cache: { paths: ["a"], key: { files: ["a", "b", "c"] } } }),
    /key\.files: has 3 files; name at most 2/,
  ],
  [
    job({ gitlab: { retry: 3 } }),
    "snake.jobs.tests.gitlab.retry: 3 is not 0, 1 or 2; GitLab repeats no more",
  ],
  [job({ gitlab: { coverage: "TOTAL" } }), /gitlab\.coverage: "TOTAL" is not between slashes/],
  [job({ gitlab: { rules: [] } }), /gitlab\.rules: is empty; remove it, or add a rule/],
  [
    job({ gitlab: { rules: [{ when: "later" }] } }),
    /gitlab\.rules\[0\]\.when: "later" is none of on_success, /,
  ],
  [job({ gitlab: { environment: { url: "https://a" } } }), /gitlab\.environment\.name: is missing/],
  [job({ timeout: 60 }), "snake.jobs.tests.timeout: is the number 60; use a string"],
])("%j: %s", (definition, message) => {
  expect(problemsIn(definition)).toEqual([
    typeof message === "string" ? message : expect.stringMatching(message),
  ]);
});

test.each([
  [
    service({ depends_on: ["db"] }),
    "cache.depends_on",
    'use after, for example after: { database: "ready" }',
  ],
  [service({ environment: {} }), "cache.environment", 'use env, for example env: { NAME: "value" }'],
  [service({ healthcheck: {} }), "cache.healthcheck", "use probe, for example"],
  [service({ restart: "always" }), "cache.restart", "remove it: a service that stops is an error"],
  [service({ build: "." }), "cache.build", 'use image: build("api"), with build from "nestbox"'],
  [job({ before_script: [] }), "tests.before_script", "use before"],
  [job({ stage: "test" }), "tests.stage", 'use gitlab, for example gitlab: { stage: "test" }'],
  [job({ only: [] }), "tests.only", "use gitlab, for example gitlab: { rules: [{ if:"],
  [{ services: {}, version: "3" }, "snake.version", "remove it"],
])("a word of another tool has its own remedy: %j", (definition, path, remedy) => {
  const [problem, ...others] = problemsIn(definition);
  expect(others).toEqual([]);
  expect(problem).toContain(`${path}: is not a property of a `);
  expect(problem).toContain(`; ${remedy}`);
});

test.each([
  [
    service({ command: "npm run start" }),
    'command: is the string "npm run start"; use a list of words: ["npm", "run", "start"]',
  ],
  [
    service({ entrypoint: "a && b" }),
    'entrypoint: is the string "a && b"; use a list of words: ["sh", "-c", "a && b"]',
  ],
  [service({ networks: { back: null } }), 'networks: is an object; use a list of keys: ["back"]'],
  [
    service({ volumes: ["data:/var/lib"] }),
    'volumes[0]: is the string "data:/var/lib"; use volumes: { "/var/lib": "data" }',
  ],
  [
    service({ volumes: ["./app.conf:/etc/app.conf:ro"] }),
    'use files: { "/etc/app.conf": { path: "app.conf" } }, which copies',
  ],
  [
    service({ ports: ["8080:80"] }),
    'ports[0]: is the string "8080:80"; use ports: [80], publish: { 80: 8080 }',
  ],
  [service({ ports: ["80"] }), 'ports[0]: is the string "80"; use a number'],
  [{ services: {}, volumes: { data: null } }, 'snake.volumes: is an object; use a list of keys: ["data"]'],
])("a value in compose's form is shown in that of a declaration: %j", (definition, message) => {
  expect(problemsIn(definition)).toEqual([expect.stringContaining(message)]);
});

test.each([
  ["service", WORDS_OF_SERVICES],
  ["job", WORDS_OF_JOBS],
] as const)("the remedies of words in a %s name its properties", (kind, words) => {
  const definition = (property: string) =>
    kind === "service" ? service({ [property]: undefined }) : job({ [property]: undefined });
  const [unknown] = problemsIn(kind === "service" ? service({ colour: 1 }) : job({ colour: 1 }));
  const known = unknown?.split("; use ")[1]?.split(", ") ?? [];
  expect(known).toContain("image");
  for (const [word, remedy] of Object.entries(words)) {
    expect(known).not.toContain(word);
    expect(problemsIn(definition(word))[0]).toContain(`; ${remedy}`);
    const [, property] = /^use (\w+)\b/.exec(remedy) ?? [];
    if (property !== undefined && !["secret", "rules", "services"].includes(property))
      expect(known).toContain(property);
  }
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
