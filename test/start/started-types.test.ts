import { expect, test } from "@jest/globals";
import { compileErrors } from "../compile-errors.ts";

const DECLARED = `import { type Started, sandbox, start } from "../../src/start/index.ts";
import { postgres, redis } from "../../src/catalog/index.ts";
const declared = sandbox("shop", {
  services: { database: postgres(), cache: redis(), web: { image: "web", ports: [80] } },
  jobs: { tests: { image: "a", script: ["x"] } },
});
`;

/** Uses of a started sandbox, each with the expected error of the compiler, or none. */
const USES: readonly (readonly [what: string, code: string, error?: RegExp])[] = [
  [
    "services with their connections, as strings",
    `const shop = await start(declared);
    export const values: string[] =
      [shop.services.database.url, shop.services.database.password, shop.services.cache.port,
       shop.services.cache.variables.REDIS_URL ?? "", shop.services.web.host, shop.variables.PGHOST ?? ""];`,
  ],
  [
    "a variable that is set later",
    `let shop: Started<typeof declared>;
    const signal = AbortSignal.timeout(1000);
    shop = await start(declared, { profiles: "all", signal, log: process.stderr });
    export const url: string = shop.services.cache.url;`,
  ],
  [
    "a block",
    `await using shop = await start(declared);
    const { exitCode }: { exitCode: number } = await shop.exec("cache", ["true"], { stdin: "x" });
    for await (const { text } of shop.logs("web", { follow: true, since: "5m" }))
      console.log(text, exitCode);`,
  ],
  [
    "a misspelt service",
    "export const { url } = (await start(declared)).services.cahce;",
    /Property 'cahce' does not exist/,
  ],
  [
    "a value that the service does not offer",
    "export const { url } = (await start(declared)).services.web;",
    /Property 'url' does not exist/,
  ],
  [
    "a command in a misspelt service",
    'await (await start(declared)).exec("cahce", ["true"]);',
    /'"cahce"' is not assignable to parameter of type '"database" \| "cache" \| "web"'/,
  ],
  ["a misspelt option", 'await start(declared, { profile: "all" });', /'profile' does not exist in type/],
];

test("started sandboxes are typed by their declarations", () => {
  const modules = USES.map(([, code]) => `${DECLARED}${code}\nexport {};\n`);
  const errors = compileErrors(__dirname, modules);
  for (const [index, [what, , error]] of USES.entries())
    expect({ what, errors: errors[index]?.join("\n") }).toEqual({
      what,
      errors: error === undefined ? "" : expect.stringMatching(error),
    });
});
