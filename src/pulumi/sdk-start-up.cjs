// CommonJS: `nestbox up` has Node load it before the SDK, with --require. Other programs import it.
const Module = require("node:module");
const { promisify } = require("node:util");

/**
 * What the Pulumi SDK loads at start but few programs use: packages for serializing functions, as for dynamic
 * providers, its own modules that run the CLI and serve providers, and their packages. This module postpones
 * loading them until their first use, which halves the time that loading the SDK takes.
 */
const POSTPONED = [
  ...["@npmcli/arborist", "typescript", "normalize-package-data", "semver", "js-yaml"],
  ...["./automation", "./provider"],
];
/**
 * Applies source maps to stack traces. The SDK reads the trace of each resource, and mapping its own files
 * takes a tenth of a second. Node runs TypeScript without maps.
 */
const LEFT_OUT = "source-map-support/register";
/** A module of the SDK. At its load it loads all packages of OpenTelemetry that `--tracing` needs. */
const TRACING = "./cmd/run/tracing";
/** A module of the SDK. At the start of each program it turns V8's debugger on, to serialize functions. */
const DEBUGGER = "./runtime/closure/v8Hooks";

// Pulumi's own language host starts programs without a compile cache.
Module.enableCompileCache();
const ofPulumi = requireOfPulumi();
if (ofPulumi !== undefined) {
  for (const name of POSTPONED) replace(name, postponed);
  replace(LEFT_OUT, (file) => loadedModule(file, {}));
  if (!process.argv.some((word) => word.startsWith("--tracing"))) replace(TRACING, untraced);
  replace(DEBUGGER, lateDebugger);
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
  const has = (_, key) => key in load();
  const ownKeys = () => Reflect.ownKeys({ ...load() });
  const getOwnPropertyDescriptor = (_, key) => Reflect.getOwnPropertyDescriptor({ ...load() }, key);
  const module = loadedModule(file, new Proxy(marker, { get, has, ownKeys, getOwnPropertyDescriptor }));
  return module;
}

/** Begins spans as the SDK does. Nothing records them without `--tracing`, unless TRACEPARENT is set. */
function untraced(file) {
  const newSpan = (name) => ofPulumi("@opentelemetry/api").trace.getTracer("nodejs-runtime").startSpan(name);
  return loadedModule(file, { newSpan });
}

/** Turns the debugger on for the first function. V8 then reports the scripts from before, too. */
function lateDebugger(file) {
  const urls = new Map();
  const connect = async () => {
    const { Session } = require("node:inspector");
    const connected = new Session();
    connected.connect();
    connected.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    await promisify(connected.post).call(connected, "Debugger.enable");
    return connected;
  };
  let session;
  return loadedModule(file, {
    isInitializedAsync: async () => {},
    getSessionAsync: () => (session ??= connect()),
    getScriptUrl: (id) => urls.get(id),
  });
}

function loadedModule(file, exports) {
  return Object.assign(new Module(file), { filename: file, loaded: true, exports });
}
