import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "@jest/globals";

const REPOSITORY = path.join(__dirname, "../..");

/** What a program of Node's prints, as JSON. */
function run(program: string): unknown {
  const words = ["--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, words, { cwd: REPOSITORY, encoding: "utf8" }));
}

const IMPORTS = `
  import "./src/pulumi/sdk-start-up.cjs";
  import { createRequire } from "node:module";
  import * as pulumi from "@pulumi/pulumi";
  const loaded = (name) => Object.keys(createRequire(import.meta.url).cache)
    .filter((file) => file.includes(\`/node_modules/\${name}/\`)).length;
`;

test("the SDK loads what serializes functions or runs the CLI when a program does, not before", () => {
  const program = `
    const names = ["@npmcli/arborist", "typescript", "normalize-package-data", "semver", "js-yaml",
      "@pulumi/pulumi/automation", "@pulumi/pulumi/provider", "execa", "@opentelemetry/core"];
    const before = names.map(loaded);
    const { text } = await pulumi.runtime.serializeFunction((name) => "hello " + name);
    const paths = await pulumi.runtime.computeCodePaths();
    const after = loaded("@npmcli/arborist");
    const isSerialized = text.includes("hello ");
    const { PulumiCommand } = pulumi.automation;
    const noCli = await PulumiCommand.get({ root: "/nowhere" }).catch(({ message }) => message);
    console.log(JSON.stringify({ before, isSerialized, paths: paths.size > 0, after: after > 1, noCli }));
  `;
  // An entry each: what stands for them until then.
  expect(run(IMPORTS + program)).toEqual({
    before: [1, 1, 1, 1, 1, 1, 1, 0, 0],
    ...{ isSerialized: true, paths: true, after: true, noCli: expect.stringContaining("ENOENT") },
  });
});

test("V8's debugger is on once a function is serialized, and knows the scripts from before", () => {
  const program = `
    const hooks = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"))
      ("./runtime/closure/v8Hooks");
    const scripts = () => Array.from({ length: 9999 }, (_, id) => hooks.getScriptUrl(String(id)) ?? "");
    await hooks.isInitializedAsync();
    const before = scripts().filter((url) => url !== "");
    await pulumi.runtime.serializeFunction(() => "hello");
    const knows = scripts().some((url) => url.endsWith("/@pulumi/pulumi/output.js"));
    console.log(JSON.stringify({ before, knows }));
  `;
  expect(run(IMPORTS + program)).toEqual({ before: [], knows: true });
});

test("a postponed module has the names of the module that it stands for", () => {
  const program = `
    const { automation, provider } = pulumi;
    const names = [Object.keys(automation).includes("Stack"), "Stack" in automation, "Heap" in automation];
    console.log(JSON.stringify({ names, provider: Object.keys({ ...provider }).sort() }));
  `;
  expect(run(IMPORTS + program)).toEqual({
    names: [true, true, false],
    provider: ["containsOutputs", "deserializeInputs", "main"],
  });
});

test.each([
  ["", "begins spans that nothing records", { records: false, files: 0 }],
  ["--tracing=http://127.0.0.1:9411", "begins them as the SDK does", { records: false, files: 8 }],
])("the SDK, run with the option %j, %s", (option, _, found) => {
  const program = `
    import { createRequire } from "node:module";
    process.argv.push(${JSON.stringify(option)});
    const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
    require(process.cwd() + "/src/pulumi/sdk-start-up.cjs");
    const span = require("./cmd/run/tracing").newSpan("a span");
    const files = Object.keys(require.cache).filter((file) => file.includes("/exporter-zipkin/")).length;
    span.addEvent("an event");
    span.end();
    console.log(JSON.stringify({ records: span.isRecording(), files }));
  `;
  expect(run(program)).toEqual(found);
});

test.each(["before", "after"])("a stack trace is as Node writes it, with source maps loaded %s", (when) => {
  const maps = 'require("source-map-support/register");';
  const program = `
    import { createRequire } from "node:module";
    // That of the SDK.
    const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
    ${when === "before" ? maps : ""}
    createRequire(import.meta.url)("./src/pulumi/sdk-start-up.cjs");
    ${when === "after" ? maps : ""}
    console.log(JSON.stringify(typeof Error.prepareStackTrace));
  `;
  expect(run(program)).toBe("undefined");
});
