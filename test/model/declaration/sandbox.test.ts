import { expect, test } from "@jest/globals";
import sandboxes from "../../../sandboxes/index.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
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

test("a validated sandbox is plain data, except for the catalog's connections", () => {
  for (const declared of sandboxes) {
    const paths: string[] = [];
    const visit = (path: string, value: unknown): void => {
      if (typeof value === "function") paths.push(path);
      else if (typeof value === "object" && value !== null) {
        for (const [key, element] of Object.entries(value)) visit(`${path}.${key}`, element);
      }
    };
    visit("", declared);
    expect(paths.filter((path) => !path.endsWith(".connection"))).toEqual([]);
  }
});

test("a sandbox without networks gets one with internet access", () => {
  expect(sandbox("snake", { services: {} }).networks).toEqual({ default: {} });
});

test("all problems are reported at once, including those of env functions", () => {
  expect(
    problemsIn({
      services: {
        Cache: { image: "redis 7", alias: "my cache" },
        web: { image: "web", env: ({ db }: { db: { url: string } }) => ({ A: db.url }) },
      },
      jobs: {
        tests: { image: "web", script: [], env: () => ({ A: 5 }) },
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
    'snake.services.web.env: no service "db" in sandbox "snake"; it has Cache, web',
    'snake.jobs.tests.env.A: is the number 5; use a string such as "5", secret() or text`…`',
    "snake.jobs.more.env: the function threw an error: out of order",
    expect.stringContaining('snake.services: "Cache" is not a legal name'),
    expect.stringContaining('snake.services.Cache.image: "redis 7" is not an image reference'),
    expect.stringContaining('snake.services.Cache.alias: "my cache" is not a legal alias'),
    "snake.jobs.tests.script: is empty; add at least one command",
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
