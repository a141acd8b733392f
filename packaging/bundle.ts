import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RollupOptions, type RollupOutput, rollup } from "rollup";

/**
 * Replaces the modules of a folder by few files, which Node loads faster. Entries stay where they are, and
 * what is imported dynamically stays apart. Packages and CommonJS modules are not bundled.
 * @param entries paths of emitted modules in the folder
 * @param together those that, with all that they import, become one file: what most commands load
 */
export async function bundle(
  folder: string,
  entries: readonly string[],
  together: readonly string[],
): Promise<void> {
  const build = await rollup(inputOf(folder, entries));
  const { output } = await build.generate({
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    manualChunks: { together: together.map((module) => join(folder, module)) },
    hoistTransitiveImports: false,
  });
  await build.close();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (file.endsWith(".js")) rmSync(join(folder, file));
  writeChunks(folder, output);
}

/**
 * Writes modules of a folder in CommonJS beside them, bundled: `.cjs`. It is for module systems whose
 * `require` loads no ES modules, as Jest's. What is imported dynamically is required there at its use.
 */
export async function bundleCommonJs(folder: string, entries: readonly string[]): Promise<void> {
  const build = await rollup({
    ...inputOf(folder, entries),
    plugins: [{ name: "this-module", resolveImportMeta: (property) => META[property ?? ""] }],
  });
  const { output } = await build.generate({
    format: "cjs",
    // A lone default export would be `module.exports`, which its types deny.
    exports: "named",
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name].cjs",
    dynamicImportInCjs: false,
  });
  await build.close();
  writeChunks(folder, output);
}

/** What `import.meta` has, in CommonJS. Rollup's own code for it takes a DOM for a browser. */
const META: Readonly<Record<string, string>> = {
  url: 'require("node:url").pathToFileURL(__filename).href',
};

function inputOf(folder: string, entries: readonly string[]): RollupOptions {
  return {
    input: Object.fromEntries(entries.map((entry) => [entry.replace(/\.js$/, ""), join(folder, entry)])),
    external: /^[^./]|\.cjs$/,
    onLog: (_, { code, message }) => {
      // TypeScript's own function for dynamic imports has one.
      if (code !== "THIS_IS_UNDEFINED") throw new Error(message);
    },
  };
}

function writeChunks(folder: string, output: RollupOutput["output"]): void {
  mkdirSync(join(folder, "chunks"), { recursive: true });
  for (const file of output) if (file.type === "chunk") writeFileSync(join(folder, file.fileName), file.code);
}
