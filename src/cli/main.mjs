#!/usr/bin/env node
// Plain JavaScript: the program that strips types takes a third of a short command's time, and with the
// compile cache it is not even loaded.
import module from "node:module";

if (!process.features.typescript) {
  process.stderr.write(
    `error Node ${process.version} does not run TypeScript as it is; nestbox wants 22.18 or newer: npm install brings one, and npx nestbox takes it\n`,
  );
  process.exit(2);
}
module.enableCompileCache();

const { runCommandLine } = await import("./command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2));
