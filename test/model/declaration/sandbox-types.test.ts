import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";

/** Declarations, each with the expected error of the compiler, or none. */
const DECLARATIONS: readonly (readonly [what: string, definition: string, error?: RegExp])[] = [
  [
    "catalog entries and raw images with typed references",
    `{
      services: {
        web: { image: "web", env: ({ cache, db, web }) => ({ R: cache.url, D: cache.database, P: db.password, W: web.port }) },
        cache: redis(),
        db: postgres({ after: { cache: "ready" } }),
        worker: { image: "worker", env: (services) => services.cache.variables, after: { db: "ready" } },
      },
      jobs: { tests: { image: "a", script: ["x"], env: ({ web, db, cache, worker }) => ({ ...db.variables, A: web.host, B: cache.url, C: worker.port }) } },
    }`,
  ],
  ["constant lists", `{ services: { a: { image: "a", command: ["x"] as const, ports: [80] as const } } }`],
  ["no services", `{ services: {}, jobs: { tests: { image: "a", script: ["x"] } } }`],
  [
    "services declared elsewhere",
    `{ services: { ...{ cache: redis() } }, jobs: { tests: { image: "a", script: [], env: ({ cache }) => ({ A: cache.url }) } } }`,
  ],
  [
    "a job that refers to no service of the sandbox",
    `{ services: { cache: redis() }, jobs: { tests: { image: "a", script: [], env: ({ cash }) => ({ A: cash.host }) } } }`,
    /Property 'cash' does not exist/,
  ],
  [
    "a service that refers to no other",
    `{ services: { cache: redis(), web: { image: "a", env: ({ cash }) => ({ A: cash.host }) } } }`,
    /Property 'cash' does not exist/,
  ],
  [
    "a property that a catalog entry does not offer",
    `{ services: { cache: redis() }, jobs: { tests: { image: "a", script: [], env: ({ cache }) => ({ A: cache.ulr }) } } }`,
    /Property 'ulr' does not exist/,
  ],
  [
    "a property that a raw image does not offer",
    `{ services: { web: { image: "a" } }, jobs: { tests: { image: "a", script: [], env: ({ web }) => ({ A: web.url }) } } }`,
    /Property 'url' does not exist/,
  ],
  [
    "a reference instead of a string",
    `{ services: { web: { image: "a" } }, jobs: { tests: { image: "a", script: [], env: ({ web }) => ({ A: web }) } } }`,
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
    `{ services: { cache: redis(), web: { image: "a", comand: [], env: ({ cache }) => ({ A: cache.url }) } } }`,
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

const ROOT = resolve(process.cwd());
const FOLDER = resolve(ROOT, "test/model/declaration");

/** The errors of the compiler in each declaration, with the project's own settings. */
function errorsOf(definitions: readonly string[]): readonly (readonly string[])[] {
  const imports = `
    import { postgres } from "../../../src/catalog/postgres.ts";
    import { redis } from "../../../src/catalog/redis.ts";
    import { sandbox } from "../../../src/model/declaration/sandbox.ts";
    void [postgres, redis];
  `;
  const sources = new Map(
    definitions.map((definition, index) => [
      resolve(FOLDER, `declaration-${index}.ts`),
      `${imports}\nsandbox("snake", ${definition});`,
    ]),
  );
  const settings = ts.readConfigFile(resolve(ROOT, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(
    { ...settings, include: [], files: [...sources.keys()] },
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.getSourceFile = (file, languageVersion) => {
    const source = sources.get(file);
    return source === undefined
      ? getSourceFile(file, languageVersion)
      : ts.createSourceFile(file, source, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].map((file) => {
    const source = program.getSourceFile(file);
    return (
      [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
        // A misspelt reference also counts as an unused one.
        .filter(({ code }) => code !== 6133)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
    );
  });
}

const found = errorsOf(DECLARATIONS.map(([, definition]) => definition));

const results = DECLARATIONS.map(([what, , error], index) => ({
  what,
  error,
  errors: found[index] ?? [],
}));

test.each(results.filter(({ error }) => error === undefined))("compiles: $what", ({ errors }) => {
  expect(errors).toEqual([]);
});

test.each(results.filter(({ error }) => error !== undefined))(
  "does not compile: $what",
  ({ error, errors }) => {
    expect(errors).toEqual([expect.stringMatching(error ?? "")]);
  },
);
