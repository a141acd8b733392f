// CommonJS: `nestbox up` has Node load it before the SDK, with --require. Other programs import it.
const Module = require("node:module");

/**
 * Packages that the Pulumi SDK loads at start but needs only to serialize functions, as for dynamic
 * providers, and to run the CLI. This module postpones loading them until their first use, which shortens the
 * start of a program by a third.
 */
const POSTPONED = ["@npmcli/arborist", "typescript", "normalize-package-data", "execa"];
/**
 * Applies source maps to stack traces. The SDK reads the trace of each resource, and mapping its own files
 * takes a tenth of a second. Node runs TypeScript without maps.
 */
const LEFT_OUT = "source-map-support/register";

const ofPulumi = requireOfPulumi();
if (ofPulumi !== undefined) {
  for (const name of POSTPONED) replace(name, postponed);
  replace(LEFT_OUT, loadedModule);
}
// Of the one that is left out, where it has been loaded already.
Reflect.deleteProperty(Error, "prepareStackTrace");

/** The SDK's own `require`. Undefined if the SDK is not installed beside this package. */
function requireOfPulumi() {
  try {
    return Module.createRequire(require.resolve("@pulumi/pulumi"));
  } catch {
    return undefined;
  }
}

/** Replaces a module, unless it is loaded or the SDK does not depend on it. */
function replace(name, replacement) {
  let file;
  try {
    file = ofPulumi.resolve(name);
  } catch {
    return;
  }
  ofPulumi.cache[file] ??= replacement(file);
}

/**
 * A module that loads its file on the first use of an export:
 * https://nodejs.org/api/modules.html#requirecache
 */
function postponed(file) {
  const load = () => {
    if (ofPulumi.cache[file] === module) delete ofPulumi.cache[file];
    return ofPulumi(file);
  };
  // Marked as an ES module, so that an import does not copy the exports.
  const marker = { __esModule: true };
  const get = (_, key) => {
    if (key in marker) return marker[key];
    const loaded = load();
    return key === "default" && !loaded.__esModule ? loaded : loaded[key];
  };
  const module = loadedModule(file);
  module.exports = new Proxy(marker, { get });
  return module;
}

function loadedModule(file) {
  const module = new Module(file);
  module.filename = file;
  module.loaded = true;
  return module;
}
