import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rollup } from "rollup";

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
  const build = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry.replace(/\.js$/, ""), join(folder, entry)])),
    external: /^[^./]|\.cjs$/,
    onLog: (_, { code, message }) => {
      // TypeScript's own function for dynamic imports has one.
      if (code !== "THIS_IS_UNDEFINED") throw new Error(message);
    },
  });
  const { output } = await build.generate({
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    manualChunks: { together: together.map((module) => join(folder, module)) },
    hoistTransitiveImports: false,
  });
  await build.close();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (file.endsWith(".js")) rmSync(join(folder, file));
  mkdirSync(join(folder, "chunks"));
  for (const file of output) if (file.type === "chunk") writeFileSync(join(folder, file.fileName), file.code);
}
