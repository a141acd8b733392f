#!/usr/bin/env node
// Plain JavaScript: the program that strips types takes a third of a short command's time, and with the compile cache it is not even loaded.
import module from "node:module";

module.enableCompileCache();

const { runCommandLine } = await import("./command-line.ts");
process.exitCode = await runCommandLine(process.argv.slice(2));
