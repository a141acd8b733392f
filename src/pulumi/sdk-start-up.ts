import Module, { createRequire } from "node:module";

/**
 * Packages that the Pulumi SDK loads at start but needs only to serialize functions, as for dynamic
 * providers. This module postpones loading them until their first use, which shortens the start of a program
 * by a third. Import it before any import of @pulumi/pulumi.
 */
const PACKAGES = ["@npmcli/arborist", "typescript"];

const ofPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
for (const name of PACKAGES) postpone(name);

// The SDK reads the stack trace of each resource and would apply source maps. Node runs TypeScript without
// them.
Reflect.deleteProperty(Error, "prepareStackTrace");

function postpone(name: string): void {
  const file = fileOf(name);
  if (file !== undefined && ofPulumi.cache[file] === undefined) ofPulumi.cache[file] = postponed(file);
}

/** The path of a package's main file. Undefined if the SDK does not depend on the package. */
function fileOf(name: string): string | undefined {
  try {
    return ofPulumi.resolve(name);
  } catch {
    return undefined;
  }
}

/**
 * A module that loads its file on the first use of an export:
 * https://nodejs.org/api/modules.html#requirecache
 */
function postponed(file: string): Module {
  const load = (): object => {
    if (ofPulumi.cache[file] === module) delete ofPulumi.cache[file];
    return ofPulumi(file);
  };
  const module = new Module(file);
  module.filename = file;
  module.loaded = true;
  // Marked as an ES module, so that an import does not copy the exports.
  const marker = { __esModule: true };
  module.exports = new Proxy(marker, {
    get: (_, key) => Reflect.get(key in marker ? marker : load(), key),
  });
  return module;
}
