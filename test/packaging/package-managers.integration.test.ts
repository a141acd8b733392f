import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { TARBALLS } from "../published.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { installedProject, succeeded } from "./installed-project.ts";

const DOCS = readFileSync(path.resolve(__dirname, "../../docs/start-in-a-repository.md"), "utf8");

/** The package managers that are packages themselves. */
const MANAGERS = ["pnpm@12.23.0", "yarn@1.22.22", "@yarnpkg/cli-dist@4.18.1", "bun@1.4.5"];

/** The commands of a package manager, as the documentation has them. */
interface Manager {
  readonly add: readonly string[];
  readonly nestbox: readonly string[];
  /** The module that is its command `yarn`. */
  readonly yarn?: string;
  readonly settings?: string;
}

const yarn = { add: ["yarn", "add", "--dev"], nestbox: ["yarn", "nestbox"] };
const berry = { ...yarn, yarn: "@yarnpkg/cli-dist/bin/yarn.js" };

const CASES: Readonly<Record<string, Manager>> = {
  npm: { add: ["npm", "install", "--save-dev"], nestbox: ["npx", "nestbox"] },
  pnpm: { add: ["pnpm", "add", "--save-dev"], nestbox: ["pnpm", "nestbox"] },
  "Yarn 1": { ...yarn, yarn: "yarn/bin/yarn.js" },
  "Yarn 4 with node_modules": { ...berry, settings: "nodeLinker: node-modules\n" },
  "Yarn 4 with pnpm's layout": { ...berry, settings: "nodeLinker: pnpm\n" },
  "Yarn 4 with Plug'n'Play": { ...berry, settings: "" },
  Bun: { add: ["bun", "add", "--dev"], nestbox: ["bunx", "nestbox"] },
};

let modules: string;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  const { folder, install } = installedProject({});
  await install(...MANAGERS);
  modules = path.join(folder, "node_modules");
  const registry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const caches = mkdtempSync(path.join(RUN_FOLDER, "caches-"));
  environment = {
    npm_config_registry: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    // Only a registry at an http address needs it.
    YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname,
    YARN_ENABLE_TELEMETRY: "0",
    YARN_GLOBAL_FOLDER: path.join(caches, "yarn"),
    YARN_CACHE_FOLDER: path.join(caches, "yarn-cache"),
    npm_config_store_dir: path.join(caches, "pnpm"),
    BUN_INSTALL_CACHE_DIR: path.join(caches, "bun"),
  };
}, 300_000);

describe.each(Object.entries(CASES))("%s", (_, { add, nestbox, yarn: module, settings }) => {
  test("installs the package, and runs its command", async () => {
    const project = installedProject({ "package.json": '{ "name": "shop", "private": true }' });
    if (settings !== undefined) project.write(".yarnrc.yml", settings);
    const run = ([command = "", ...words]: readonly string[], ...more: readonly string[]) =>
      succeeded(
        command === "yarn"
          ? project.run("node", [path.join(modules, module ?? ""), ...words, ...more], environment)
          : project.run(programOf(command), [...words, ...more], environment),
      );
    await run(add, TARBALLS.nestbox);
    await run(nestbox, "init", "--service", "redis");
    expect((await run(nestbox, "plan", "shop")).stdout).toMatch(/^sandbox: shop$/m);
    expect((await run(nestbox, "--help")).stdout).toMatch(/^Usage: nestbox/m);
  }, 300_000);

  test("is shown in the documentation", () => {
    const lines = [
      [...add, "nestbox"],
      [...nestbox, "init"],
      [...nestbox, "run"],
    ];
    for (const words of lines) expect(DOCS).toMatch(new RegExp(`^ {4}${words.join(" ")}\\b`, "m"));
  });
});

function programOf(command: string): string {
  return command.startsWith("np") ? command : path.join(modules, ".bin", command);
}
