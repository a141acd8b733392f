import { createRequire } from "node:module";

/** The YAML library. It is loaded at its first use: its 72 modules take a tenth of a short command's time. */
export function loadYaml(): typeof import("yaml") {
  return createRequire(import.meta.url)("yaml");
}
