import { expect, test } from "@jest/globals";
import sandboxes from "../../../sandboxes/index.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { secret, text } from "../../../src/model/text.ts";
import { problemsIn } from "../../sandboxes/problems-in.ts";

test("an env function becomes data with its references", () => {
  let calls = 0;
  const declared = sandbox("shop", {
    services: {
      db: postgres({ password: secret("db-password") }),
      cache: redis(),
      web: {
        image: "example/web:1",
        ports: [8080],
        env: ({ db, cache }) => {
          calls++;
          return { DATABASE_URL: db.url, REDIS_HOST: cache.host, OWN: "plain" };
        },
        after: { db: "ready", cache: "ready" },
      },
    },
    jobs: {
      tests: {
        image: "example/tests:1",
        env: ({ web }) => ({ WEB: text`http://${web.host}:${web.port}` }),
        script: ["run"],
      },
    },
  });
  expect(calls).toBe(1);
  expect(declared.services.web?.env).toEqual({
    DATABASE_URL: ["postgresql://postgres:", { secret: "db-password" }, "@db:5432/postgres"],
    REDIS_HOST: "cache",
    OWN: "plain",
  });
  expect(declared.services.web?.refersTo).toEqual(["db", "cache"]);
  expect(declared.services.db?.refersTo).toEqual([]);
  expect(declared.jobs.tests).toMatchObject({ env: { WEB: "http://web:8080" }, refersTo: ["web"] });
});

test("a service may reference itself and later services", () => {
  const { services } = sandbox("shop", {
    services: {
      web: { image: "web", ports: [80], env: ({ web, cache }) => ({ SELF: web.host, OTHER: cache.host }) },
      cache: redis({ alias: "redis" }),
    },
  });
  expect(services.web?.env).toEqual({ SELF: "web", OTHER: "redis" });
});

test("a validated sandbox is plain data, except for the functions of its services", () => {
  const variables = () => ({ A: "b" });
  for (const declared of [...sandboxes, sandbox("snake", { services: { cache: redis({ variables }) } })]) {
    const paths: string[] = [];
    const visit = (path: string, value: unknown): void => {
      if (typeof value === "function") paths.push(path);
      else if (typeof value === "object" && value !== null) {
        for (const [key, element] of Object.entries(value)) visit(`${path}.${key}`, element);
      }
    };
    visit("", declared);
    expect(paths.filter((path) => !/\.(connection|variables)$/.test(path))).toEqual([]);
  }
});

test("jobs, services and plans have the variables that a service declares", () => {
  const declared = sandbox("shop", {
    services: {
      db: postgres({ variables: ({ host, url }) => ({ POSTGRES_HOST: host, DSN: url, PGHOST: undefined }) }),
      web: { image: "web", ports: [80], variables: ({ host }) => ({ WEB: host }) },
      worker: { image: "worker", env: ({ web }) => web.variables },
    },
    jobs: { tests: { image: "tests", env: ({ db }) => db.variables, script: ["x"] } },
  });
  const url = "postgresql://postgres:postgres@db:5432/postgres";
  expect(declared.jobs.tests?.env).toMatchObject({ POSTGRES_HOST: "db", DSN: url, DATABASE_URL: url });
  expect(declared.jobs.tests?.env).not.toHaveProperty("PGHOST");
  expect(declared.services.worker?.env).toEqual({ WEB: "web" });
  expect(plan(declared).services.map(({ clientVariables }) => clientVariables)).toMatchObject([
    { POSTGRES_HOST: "db" },
    { WEB: "web" },
    {},
  ]);
});

test.each([
  ["no function", { A: "b" }, /^snake\.services\.web\.variables: is an object; use a function such as/],
  [
    "a number",
    () => ({ PORT: 80 }),
    /^snake\.services\.web\.variables\.PORT: is the number 80; use a string/,
  ],
  ["a list", () => ["A=1"], /^snake\.services\.web\.variables: is a list; use an object such as/],
  ["nothing", () => null, /^snake\.services\.web\.variables: is null; use an object such as/],
  [
    "a name that no shell has",
    () => ({ "a-b": "c" }),
    /^snake\.services\.web\.variables: "a-b" is not a legal/,
  ],
  [
    "a secret in a template",
    () => ({ A: `${secret("a")}` }),
    /variables\.A: has a secret in a plain template/,
  ],
  [
    "a property that it does not offer",
    ({ url }: { url: string }) => ({ DSN: url }),
    /^snake\.services\.web\.variables: service "web" has no "url"; it offers host, port$/,
  ],
  [
    "an error",
    () => {
      throw new Error("out of order");
    },
    /^snake\.services\.web\.variables: the function threw an error: out of order$/,
  ],
])("variables that are %s are one problem", (_, variables, message) => {
  const env = ({ web }: { web: { variables: object } }) => web.variables;
  const problems = problemsIn({
    services: { web: { image: "web", ports: [80], variables } },
    jobs: { tests: { image: "a", script: ["x"], env } },
  }).filter((problem) => !problem.startsWith("snake.jobs"));
  expect(problems).toEqual([expect.stringMatching(message)]);
});

test("a sandbox without networks gets one with internet access", () => {
  expect(sandbox("snake", { services: {} }).networks).toEqual({ default: {} });
});

test("all wrong types and values are reported at once", () => {
  expect(
    problemsIn({
      services: { Cache: { image: "redis 7", alias: "my cache", ports: ["80"] } },
      jobs: { tests: { image: "web", script: [] } },
    }),
  ).toEqual([
    expect.stringContaining('snake.services: "Cache" is not a legal name'),
    expect.stringContaining('snake.services.Cache.image: "redis 7" is not an image reference'),
    expect.stringContaining('snake.services.Cache.alias: "my cache" is not a legal alias'),
    expect.stringContaining('snake.services.Cache.ports[0]: is the string "80"'),
    "snake.jobs.tests.script: is empty; add at least one command",
  ]);
});

test("all other problems are reported at once, including those of env functions", () => {
  expect(
    problemsIn({
      services: {
        cache: { image: "redis:7", networks: ["back"], volumes: { "/data": "data" } },
        web: { image: "web", env: ({ db }: { db: { url: string } }) => ({ A: db.url }) },
      },
      jobs: {
        tests: { image: "web", script: ["x"], env: () => ({ A: 5 }) },
        more: {
          image: "web",
          script: ["x"],
          env: () => {
            throw new Error("out of order");
          },
        },
      },
    }),
  ).toEqual([
    'snake.services.web.env: no service "db" in sandbox "snake"; it has cache, web',
    'snake.jobs.tests.env.A: is the number 5; use a string such as "5", secret() or text`…`',
    "snake.jobs.more.env: the function threw an error: out of order",
    'snake.services.cache.networks: no network "back" in this sandbox; it has default',
    'snake.services.cache.volumes: no volume "data" in this sandbox; it has none',
  ]);
});

test.each([
  [
    "a reference instead of a string",
    ({ cache }: { cache: unknown }) => ({ A: cache }),
    /env\.A: is an object; use/,
  ],
  ["a promise", async () => ({}), /env: is a Promise; use an object such as/],
  ["nothing", () => undefined, /env: is undefined; use an object such as/],
  ["a list", () => ["A=1"], /env: is a list; use an object such as/],
])("an env function that returns %s is refused", (_, env, message) => {
  const problems = problemsIn({
    services: { cache: redis() },
    jobs: { tests: { image: "a", script: ["x"], env } },
  });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(message);
});

test("a secret in a plain template is refused with the remedy", () => {
  const services = { cache: redis({ password: secret("password") }) };
  const env = ({ cache }: { cache: { url: unknown } }) => ({ URL: `${cache.url}?timeout=1s` });
  expect(problemsIn({ services, jobs: { tests: { image: "a", script: ["x"], env } } })).toEqual([
    "snake.jobs.tests.env.URL: has a secret in a plain template; use the text tag: text`…`",
  ]);
});
