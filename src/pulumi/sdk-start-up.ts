import Module, { createRequire } from "node:module";

/**
 * Shortens the start of a Pulumi program by a third. Import it before anything that imports @pulumi/pulumi.
 *
 * The SDK loads these packages at once, and uses them only to serialize functions into the state, as dynamic
 * providers do. Here they are loaded when they are first used.
 */
const PACKAGES = ["@npmcli/arborist", "typescript"];

const ofPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
for (const name of PACKAGES) postpone(name);

// The SDK asks for the stack of each resource, and would map it by source maps; Node runs our files as they
// are.
Reflect.deleteProperty(Error, "prepareStackTrace");

function postpone(name: string): void {
  const file = fileOf(name);
  if (file !== undefined && ofPulumi.cache[file] === undefined) ofPulumi.cache[file] = postponed(file);
}

/** Undefined where the SDK does without it. */
function fileOf(name: string): string | undefined {
  try {
    return ofPulumi.resolve(name);
  } catch {
    return undefined;
  }
}

/**
 * A module that loads the file when one of its exports is used:
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
  // A module by this mark, whose exports are not copied when it is imported.
  const marks = { __esModule: true };
  module.exports = new Proxy(marks, { get: (_, key) => Reflect.get(key in marks ? marks : load(), key) });
  return module;
}
