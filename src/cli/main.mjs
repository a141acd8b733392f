#!/usr/bin/env node
// Plain JavaScript, which older versions of Node parse, and which needs no type stripper: loading that takes
// a third of a short command's time. With the compile cache it is not loaded at all.
import module from "node:module";

if (!process.features.typescript) {
  process.stderr.write(
    `error Node ${process.version}: cannot run TypeScript; use Node 22.18 or newer: ` +
      "npm install --save-dev node@24 installs one for npx nestbox\n",
  );
  process.exit(2);
}
module.enableCompileCache();

const { runCommandLine } = await import("#command-line");
process.exitCode = await runCommandLine(process.argv.slice(2));
