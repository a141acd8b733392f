import { expect, test } from "@jest/globals";
import { compileErrors } from "../../compile-errors.ts";

/** Declarations, each with the expected error of the compiler, or none. */
const DECLARATIONS: readonly (readonly [what: string, definition: string, error?: RegExp])[] = [
  [
    "catalog entries and raw images with typed references",
    `{
      services: {
        web: {
          image: "web",
          env: ({ cache, db, web }) => ({ R: cache.url, D: cache.database, P: db.password, W: web.port }),
        },
        cache: redis(),
        db: postgres({ after: { cache: "ready" } }),
        worker: { image: "worker", env: (services) => services.cache.variables, after: { db: "ready" } },
      },
      jobs: {
        tests: {
          image: "a",
          script: ["x"],
          env: ({ web, db, cache, worker }) =>
            ({ ...db.variables, A: web.host, B: cache.url, C: worker.port }),
        },
      },
    }`,
  ],
  [
    "variables with the service's own connection",
    `{
      services: {
        db: postgres({
          variables: ({ host, url, user }) => ({ H: host, DSN: url, U: user, PGHOST: undefined }),
        }),
        cache: { ...redis(), variables: ({ url, variables }) => ({ CACHE: url, R: variables.REDIS_HOST }) },
        web: { image: "web", ports: [80], variables: ({ host, port }) => ({ WEB: \`\${host}:\${port}\` }) },
      },
      jobs: {
        tests: { image: "a", script: ["x"], env: ({ web, db }) => ({ ...web.variables, D: db.database }) },
      },
    }`,
  ],
  ["constant lists", `{ services: { a: { image: "a", command: ["x"] as const, ports: [80] as const } } }`],
  ["no services", `{ services: {}, jobs: { tests: { image: "a", script: ["x"] } } }`],
  [
    "services declared elsewhere",
    `{
      services: { ...{ cache: redis() } },
      jobs: { tests: { image: "a", script: [], env: ({ cache }) => ({ A: cache.url }) } },
    }`,
  ],
  [
    "a job that refers to no service of the sandbox",
    `{
      services: { cache: redis() },
      jobs: { tests: { image: "a", script: [], env: ({ cash }) => ({ A: cash.host }) } },
    }`,
    /Property 'cash' does not exist/,
  ],
  [
    "a service that refers to no other",
    `{ services: { cache: redis(), web: { image: "a", env: ({ cash }) => ({ A: cash.host }) } } }`,
    /Property 'cash' does not exist/,
  ],
  [
    "a property that a catalog entry does not offer",
    `{
      services: { cache: redis() },
      jobs: { tests: { image: "a", script: [], env: ({ cache }) => ({ A: cache.ulr }) } },
    }`,
    /Property 'ulr' does not exist/,
  ],
  [
    "a property that a raw image does not offer",
    `{
      services: { web: { image: "a" } },
      jobs: { tests: { image: "a", script: [], env: ({ web }) => ({ A: web.url }) } },
    }`,
    /Property 'url' does not exist/,
  ],
  [
    "variables from what the connection of the catalog does not offer",
    `{ services: { db: postgres({ variables: ({ ulr }) => ({ DSN: ulr }) }) } }`,
    /Property 'ulr' does not exist/,
  ],
  [
    "variables from what a raw image does not offer",
    `{ services: { web: { image: "a", variables: ({ url }) => ({ DSN: url }) } } }`,
    /Property 'url' does not exist/,
  ],
  [
    "a number as a declared variable",
    `{ services: { web: { image: "a", variables: () => ({ PORT: 80 }) } } }`,
    /number.* is not assignable/,
  ],
  [
    "a reference instead of a string",
    `{
      services: { web: { image: "a" } },
      jobs: { tests: { image: "a", script: [], env: ({ web }) => ({ A: web }) } },
    }`,
    /not assignable/,
  ],
  [
    "waiting for no service of the sandbox",
    `{ services: { cache: redis(), web: { image: "a", after: { cash: "ready" } } } }`,
    /'cash' does not exist in type/,
  ],
  [
    "an unknown condition",
    `{ services: { cache: redis(), web: { image: "a", after: { cache: "healthy" } } } }`,
    /"healthy"' is not assignable/,
  ],
  [
    "a misspelt property of a service",
    `{ services: { web: { image: "a", comand: [] } } }`,
    /'comand' does not exist/,
  ],
  [
    "a misspelt property of a service beside a catalog entry",
    `{
      services: { cache: redis(), web: { image: "a", comand: [], env: ({ cache }) => ({ A: cache.url }) } },
    }`,
    /'comand' does not exist/,
  ],
  [
    "a misspelt setting of a catalog entry",
    `{ services: { cache: redis({ comand: [] }) } }`,
    /'comand' does not exist/,
  ],
  [
    "a misspelt property of a job",
    `{ services: {}, jobs: { tests: { image: "a", script: [], befor: [] } } }`,
    /'befor' does not exist/,
  ],
  ["a misspelt property of a sandbox", `{ services: {}, job: {} }`, /'job' does not exist/],
  ["a service without an image", `{ services: { web: { ports: [80] } } }`, /Property 'image' is missing/],
  [
    "a job without a script",
    `{ services: {}, jobs: { tests: { image: "a" } } }`,
    /Property 'script' is missing/,
  ],
  [
    "a number for a variable",
    `{ services: { web: { image: "a", env: { A: 5 } } } }`,
    /number.* is not assignable/,
  ],
  ["a text for a list", `{ services: { web: { image: "a", command: "x" } } }`, /'string' is not assignable/],
  [
    "a length of time without a unit",
    `{ services: { web: { image: "a", stop: { grace: "5" } } } }`,
    /not assignable/,
  ],
];

const IMPORTS = `
  import { postgres } from "../../../src/catalog/postgres.ts";
  import { redis } from "../../../src/catalog/redis.ts";
  import { sandbox } from "../../../src/model/declaration/sandbox.ts";
  void [postgres, redis];
`;

/** Uses of a declared sandbox, each with the expected error of the compiler, or none. */
const USES: readonly (readonly [what: string, use: string, error?: RegExp])[] = [
  ["the connection of a service", "shop.services.db.connection?.({ host: 'h', port: '1' }).database.length"],
  ["a sandbox where any is taken", "((one: Sandbox) => one.name)(shop)"],
  ["a misspelt service", "shop.services.bd", /Property 'bd' does not exist/],
];

const SHOP = `
  import type { Sandbox } from "../../../src/model/declaration/sandbox.ts";
  const shop = sandbox("shop", { services: { db: postgres(), web: { image: "a", after: { db: "ready" } } } });
`;

const CASES = [
  ...DECLARATIONS.map(([what, definition, error]) => ({
    what,
    error,
    module: `${IMPORTS} sandbox("snake", ${definition});`,
  })),
  ...USES.map(([what, use, error]) => ({ what, error, module: `${IMPORTS} ${SHOP} void (${use});` })),
];

const found = compileErrors(
  __dirname,
  CASES.map(({ module }) => module),
);

const results = CASES.map(({ what, error }, index) => ({ what, error, errors: found[index] ?? [] }));

test.each(results.filter(({ error }) => error === undefined))("compiles: $what", ({ errors }) => {
  expect(errors).toEqual([]);
});

test.each(results.filter(({ error }) => error !== undefined))(
  "does not compile: $what",
  ({ error, errors }) => {
    expect(errors).toEqual([expect.stringMatching(error ?? "")]);
  },
);
