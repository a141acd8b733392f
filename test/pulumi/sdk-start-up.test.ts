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
  import "./src/pulumi/sdk-start-up.ts";
  import { createRequire } from "node:module";
  import * as pulumi from "@pulumi/pulumi";
  const loaded = (name) => Object.keys(createRequire(import.meta.url).cache)
    .filter((file) => file.includes(\`/node_modules/\${name}/\`)).length;
`;

test("the SDK loads what serializes functions when a program does so, and not before", () => {
  const program = `
    const before = [loaded("@npmcli/arborist"), loaded("typescript")];
    const { text } = await pulumi.runtime.serializeFunction((name) => "hello " + name);
    const paths = await pulumi.runtime.computeCodePaths();
    const after = loaded("@npmcli/arborist");
    const isSerialized = text.includes("hello ");
    console.log(JSON.stringify({ before, isSerialized, paths: paths.size > 0, after: after > 1 }));
  `;
  // An entry each: what stands for them until then.
  expect(run(IMPORTS + program)).toEqual({ before: [1, 1], isSerialized: true, paths: true, after: true });
});

test("a stack trace is as Node writes it", () => {
  const program = `console.log(JSON.stringify(typeof Error.prepareStackTrace));`;
  expect(run(`import "source-map-support/register.js";${IMPORTS}${program}`)).toBe("undefined");
});
