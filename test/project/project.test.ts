import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Project, StackChoice } from "../../src/project/project.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "project-"));
  await write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
  await write("Pulumi.dev.yaml", "config:\n  nestbox:sandboxes: [one]\n");
  await write("package.json", '{ "type": "module" }');
  await symlink(path.join(REPOSITORY, "src/model"), path.join(folder, "model"));
  await write(
    "sandboxes/index.ts",
    'import { sandbox } from "../model/index.ts";\n' +
      'export default [sandbox("one", { services: {} }), sandbox("two", { services: {} })];\n',
  );
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), content);
}

/** A process that opens projects, so that Node itself loads declarations. */
let opener: ChildProcess;

beforeAll(() => {
  const program = `
    const { openProject } = await import(process.argv[1]);
    process.on("message", async (target) => {
      const failed = ({ name, message }) => ({ error: name + ": " + message });
      const project = await openProject(target).catch(failed);
      process.send(JSON.stringify(project));
    });
  `;
  const module = pathToFileURL(path.join(REPOSITORY, "src/project/project.ts")).href;
  opener = spawn(process.execPath, ["--input-type=module", "--eval", program, module], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
});

afterAll(() => {
  opener.disconnect();
});

type Opened = Partial<Project> & { readonly error?: string };

/** The opened project, or the name and message of the error. */
function open(target: Partial<StackChoice> = {}): Promise<Opened> {
  return new Promise((resolve) => {
    opener.once("message", (project) => resolve(JSON.parse(String(project))));
    opener.send({ project: folder, stack: "dev", ...target });
  });
}

test("a project has a name, the stack's settings, and the declared and selected sandboxes", async () => {
  const project = await open();
  expect(project).toMatchObject({
    folder,
    name: "shop",
    stack: "dev",
    settings: { sandboxes: ["one"], subnetPool: "10.231.0.0/16" },
    configuredSecrets: [],
  });
  expect(project.declared?.map(({ name }) => name)).toEqual(["one", "two"]);
  expect(project.selected?.map(({ name }) => name)).toEqual(["one"]);
});

test("a project is found from a folder below", async () => {
  expect((await open({ project: path.join(folder, "sandboxes") })).folder).toBe(folder);
});

test("a stack without a file has the default settings", async () => {
  expect(await open({ stack: "new" })).toMatchObject({ selected: [], settings: { sandboxes: [] } });
});

test("settings of the project apply if the stack has none", async () => {
  await write(
    "Pulumi.yaml",
    [
      "name: shop",
      "runtime: nodejs",
      "config:",
      "  nestbox:sandboxes: { value: [two] }",
      "  nestbox:profiles: { value: [slow] }",
    ].join("\n"),
  );
  expect(await open()).toMatchObject({ settings: { sandboxes: ["one"], profiles: ["slow"] } });
  expect(await open({ stack: "new" })).toMatchObject({ settings: { sandboxes: ["two"] } });
});

test("the defaults in this project's own Pulumi.yaml are those of the settings", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  await symlink(path.join(REPOSITORY, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
  const described = await open({ stack: "new" });
  await rm(path.join(folder, "Pulumi.yaml"));
  await write("Pulumi.yaml", "name: nestbox\nruntime: nodejs\n");
  expect(described.settings).toEqual((await open({ stack: "new" })).settings);
});

test("an error in the settings of a branch names the template", async () => {
  await write("Pulumi.branch.yaml", "config:\n  nestbox:timeToLive: 0\n");
  const { error } = await open({ stack: "feat-a-123456", branch: "feat/a" });
  expect(error).toMatch(/: Pulumi\.branch\.yaml: nestbox:timeToLive is 0; it must be "never" or a duration/);
  await write("Pulumi.branch.yaml", "config:\n  nestbox:timeToLive: 8h\n");
  expect(await open({ stack: "feat-a-123456", branch: "feat/a" })).toMatchObject({
    settingsFile: "Pulumi.branch.yaml",
  });
});

test("secrets in the stack's configuration are listed by name", async () => {
  const secrets = "  nestbox:secrets:\n    password: { secure: v1:abc }\n    token: { secure: v1:def }\n";
  await write("Pulumi.dev.yaml", `config:\n${secrets}`);
  expect(await open()).toMatchObject({ configuredSecrets: ["password", "token"] });
});

test("settings of other namespaces are ignored", async () => {
  await write("Pulumi.dev.yaml", "config:\n  docker:host: unix:///run/docker.sock\n  shop:colour: red\n");
  expect((await open()).error).toBeUndefined();
});

test.each([
  ["no name", "Pulumi.yaml", "runtime: nodejs", /Pulumi\.yaml: name is missing/],
  ["broken YAML", "Pulumi.yaml", "name: [", /Pulumi\.yaml: .*line/],
  ["a list for a project", "Pulumi.yaml", "- name", /Pulumi\.yaml: is not a mapping/],
  ["a broken stack file", "Pulumi.dev.yaml", "config:\n\t- x", /Pulumi\.dev\.yaml: .*line 2/],
  ["a text for a stack file", "Pulumi.dev.yaml", "hello", /Pulumi\.dev\.yaml: is not a mapping/],
  ["a list for settings", "Pulumi.dev.yaml", "config: [a]", /Pulumi\.dev\.yaml: config is not a mapping/],
  ["a text for settings", "Pulumi.dev.yaml", "config: a", /Pulumi\.dev\.yaml: config is not a mapping/],
  [
    "a wrong setting",
    "Pulumi.dev.yaml",
    "config:\n  nestbox:sandboxes: one",
    /Pulumi\.dev\.yaml: nestbox:sandboxes is "one"; it must be a list of strings/,
  ],
  [
    "an unknown setting",
    "Pulumi.dev.yaml",
    "config:\n  nestbox:sandbox: [one]",
    /Pulumi\.dev\.yaml: nestbox:sandbox is not a setting; use one of sandboxes,/,
  ],
  [
    "secrets of the wrong type",
    "Pulumi.dev.yaml",
    "config:\n  nestbox:secrets: hunter2",
    /Pulumi\.dev\.yaml: nestbox:secrets is not a mapping .*--secret/,
  ],
  [
    "an unknown sandbox",
    "Pulumi.dev.yaml",
    "config:\n  nestbox:sandboxes: [three]",
    /Pulumi\.dev\.yaml: nestbox:sandboxes: no sandbox "three"; sandboxes\/index\.ts lists one, two/,
  ],
  [
    "no declarations",
    "sandboxes/index.ts",
    undefined,
    /sandboxes\/index\.ts: is missing; create it with npx nestbox init/,
  ],
  ["no list", "sandboxes/index.ts", "export default {};", /sandboxes\/index\.ts: has no list of sandboxes/],
  [
    "no default export",
    "sandboxes/index.ts",
    "export const x = 1;",
    /sandboxes\/index\.ts: has no list of sandboxes/,
  ],
  [
    "something else in the list",
    "sandboxes/index.ts",
    "export default [{ name: 'one' }];",
    /sandboxes\/index\.ts: .*not a sandbox/,
  ],
  [
    "one name twice",
    "sandboxes/index.ts",
    'import { sandbox } from "../model/index.ts";\n' +
      'export default [sandbox("one", { services: {} }), sandbox("one", { services: {} })];',
    /sandboxes\/index\.ts: .*"one" twice/,
  ],
  ["TypeScript that Node cannot read", "sandboxes/index.ts", "export default [;", /sandboxes\/index\.ts: /],
  [
    "an import that does not exist",
    "sandboxes/index.ts",
    'import x from "./missing.ts";\nexport default [x];',
    /sandboxes\/index\.ts: .*missing\.ts/,
  ],
])("%s is a configuration error naming the file", async (_, name, content, message) => {
  await rm(path.join(folder, name));
  if (content !== undefined) await write(name, content);
  const { error } = await open();
  expect(error).toMatch(/^(Configuration|Declaration)Error: /);
  expect(error).toMatch(message);
});

test("a folder without a project is an error that names the command that creates one", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  await rm(path.join(folder, "sandboxes"), { recursive: true });
  const { error } = await open();
  expect(error).toMatch(/: no sandboxes\/index\.ts and no Pulumi\.yaml here or above; .*nestbox init/);
});

test("without a Pulumi.yaml, a project has the folder's name, no stacks, and every sandbox", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  await rm(path.join(folder, "Pulumi.dev.yaml"));
  const project = await open({ project: path.join(folder, "sandboxes") });
  expect(project).toMatchObject({ folder, name: path.basename(folder), hasStacks: false });
  expect(project.selected?.map(({ name }) => name)).toEqual(["one", "two"]);
});

/** Moves the file of the sandboxes. */
async function move(file: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await rename(path.join(folder, "sandboxes/index.ts"), path.join(folder, file));
}

test("without a Pulumi.yaml, sandboxes live 8 hours, or as long as package.json says", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  expect((await open()).settings).toMatchObject({ timeToLive: "8h" });
  await write("package.json", '{ "type": "module", "nestbox": { "timeToLive": "never" } }');
  expect((await open()).settings).toMatchObject({ timeToLive: "never" });
});

test("a branch without a Pulumi.yaml is refused", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  const { error } = await open({ stack: "feat-a-123456", branch: "feat/a" });
  expect(error).toBe(
    "ConfigurationError: --branch: stacks need a Pulumi.yaml; " +
      "leave it out, or create one with npx nestbox init --stack",
  );
});

test("package.json names the file of the sandboxes", async () => {
  await rm(path.join(folder, "Pulumi.yaml"));
  await move("ci/boxes.ts");
  await write("package.json", '\uFEFF{ "type": "module", "nestbox": { "sandboxes": "./ci/boxes.ts" } }');
  const project = await open({ project: path.join(folder, "ci") });
  expect(project).toMatchObject({ folder, declaredIn: "ci/boxes.ts" });
  expect(project.declared?.map(({ name }) => name)).toEqual(["one", "two"]);
});

test("in a CommonJS package the sandboxes are an .mts file", async () => {
  await write("package.json", '{ "type": "commonjs" }');
  await rm(path.join(folder, "model"));
  await rm(path.join(folder, "sandboxes/index.ts"));
  const src = path.join(REPOSITORY, "src/model/index.ts");
  await write(
    "sandboxes/index.mts",
    `import { sandbox } from ${JSON.stringify(src)};\nexport default [sandbox("one", { services: {} })];\n`,
  );
  expect(await open()).toMatchObject({ declaredIn: "sandboxes/index.mts", selected: [{ name: "one" }] });
});

test.each([
  ["a broken package.json", "{ nestbox: 1 }", /package\.json: .*JSON.*; correct the file/],
  ["a list", "[]", /package\.json: is not a JSON object/],
  ["a text", '{ "nestbox": "ci" }', /package\.json: nestbox is not an object; write \{ "sandboxes": /],
  [
    "an unknown key",
    '{ "nestbox": { "sandbox": "a.ts" } }',
    /nestbox\.sandbox is not a setting; use one of sandboxes, runners, profiles,/,
  ],
  [
    "a folder",
    '{ "nestbox": { "sandboxes": "ci" } }',
    /nestbox\.sandboxes is "ci"; use the path of a module/,
  ],
  ["no file", '{ "nestbox": { "sandboxes": "ci/a.ts" } }', /ci\/a\.ts: is missing; create it/],
  [
    "no default export",
    '{ "nestbox": { "sandboxes": "model/index.ts" } }',
    /model\/index\.ts: has no list of/,
  ],
])("%s in package.json is a configuration error naming the file", async (_, content, message) => {
  await write("package.json", content);
  const { error } = await open();
  expect(error).toMatch(/^ConfigurationError: /);
  expect(error).toMatch(message);
});

test("errors name the file that package.json names", async () => {
  await write("Pulumi.dev.yaml", "config:\n  nestbox:sandboxes: [three]\n");
  await move("ci/boxes.ts");
  await write("package.json", '{ "type": "module", "nestbox": { "sandboxes": "ci/boxes.ts" } }');
  expect((await open()).error).toMatch(/no sandbox "three"; ci\/boxes\.ts lists one, two/);
});
