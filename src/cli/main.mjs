#!/usr/bin/env node
// Plain JavaScript: loading the type stripper takes a third of a short command's time. With the compile cache
// it is not loaded.
import module from "node:module";

if (!process.features.typescript) {
  process.stderr.write(
    `error Node ${process.version}: cannot run TypeScript; use Node 22.18 or newer: ` +
      "npm install installs one, and npx nestbox runs it\n",
  );
  process.exit(2);
}
module.enableCompileCache();

const { runCommandLine } = await import("./command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2));
