import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const REPOSITORY = path.resolve(__dirname, "../../..");

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "nestbox-init-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

/** Installs the package, as a link. */
function install(): void {
  mkdirSync(path.join(root, "node_modules"));
  symlinkSync(REPOSITORY, path.join(root, "node_modules/nestbox"));
}

/** The files below the folder, without installed packages and git's own. */
function files(folder = root): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !["node_modules", ".git"].includes(name))
    .flatMap((entry) => {
      const found = path.join(folder, entry.name);
      return entry.isDirectory() ? files(found) : path.relative(root, found);
    })
    .sort();
}

const contents = () => Object.fromEntries(files().map((file) => [file, read(file)]));
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

function nestbox(...words: readonly string[]) {
  const main = path.join(REPOSITORY, "src/cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: root,
    encoding: "utf8",
  });
  return { exitCode: status, stdout, stderr };
}

function git(...words: readonly string[]): void {
  spawnSync("git", words, { cwd: root });
}

test("init writes a sandbox that plan and emit read, and the second time changes nothing", () => {
  install();
  write("package.json", '{\n  "name": "shop",\n  "type": "commonjs"\n}\n');
  const first = nestbox("init", "--service", "postgres", "--service", "redis");
  expect(first).toMatchObject({ exitCode: 0, stderr: "" });
  expect(first.stdout).toBe(
    [
      "written  sandboxes/index.mts",
      'changed  package.json         "sandbox:run": "nestbox run shop", "sandbox:emit": "nestbox emit", ' +
        `"nestbox": "^${version()}"`,
      "written  .gitignore",
      "",
      "Next",
      "  npx nestbox run shop  bring the sandbox up, run its jobs, and remove it",
      "",
    ].join("\n"),
  );
  const written = contents();
  const second = nestbox("init", "--service", "postgres", "--service", "redis");
  expect(second.stdout).toMatch(/^left {2}sandboxes\/index\.mts {2}is there\n(?:left .*\n){2}\nNext\n/);
  expect(second).toMatchObject({ exitCode: 0, stderr: "" });
  expect(contents()).toEqual(written);
  expect(nestbox("plan", "shop").stdout).toContain("\n  - key: postgres\n");
  expect(nestbox("emit")).toMatchObject({ exitCode: 0, stderr: "" });
  expect(nestbox("emit", "--check").exitCode).toBe(0);
  expect(nestbox("runner", "config").stderr).toMatch(/error sandboxes\/runners\.mts: declares no runner/);
});

function version(): string {
  return JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8")).version;
}

test("without the package, init lists it in package.json and says how to install it, twice", () => {
  write("pyproject.toml", "");
  for (const packageManager of ["npm", "pnpm"]) {
    const { exitCode, stdout } = nestbox("init", "--gitlab");
    expect(stdout).toMatch(new RegExp(`\n {2}${packageManager} install +install the packages\n`));
    expect(stdout).toMatch(/\n {2}npx nestbox emit +write the files/);
    expect(exitCode).toBe(0);
    write("pnpm-lock.yaml", "");
  }
  expect(JSON.parse(read("package.json")).devDependencies).toEqual({ nestbox: `^${version()}` });
});

test("init says which service it takes without --service, and what is missing in a kept file", () => {
  install();
  const { stdout } = nestbox("init");
  expect(stdout).toContain(
    "\nsandboxes/index.mts has redis, the default. --service chooses others:\n  activemq, azurite, ",
  );
  const list = stdout.slice(stdout.indexOf("activemq"), stdout.indexOf("\n\nNext"));
  expect(Math.max(...list.split("\n").map((line) => line.length))).toBeLessThan(80);
  expect(nestbox("init", "--service", "postgres", "redis").stdout).toContain(
    '\nsandboxes/index.mts: for postgres, import { postgres } from "nestbox/catalog", and add postgres: ',
  );
});

test("the modules have the style of the repository's formatter", () => {
  write(".editorconfig", "root = true\n\n[*]\nindent_style = tab\n");
  write(".prettierrc", '{ "singleQuote": true, "semi": false }');
  expect(nestbox("init", "--stack").exitCode).toBe(0);
  expect(read("sandboxes/index.mts")).toContain("\n\tsandbox('nestbox-init-");
  expect(read("infra/index.ts")).toContain("import { bringUp } from 'nestbox/pulumi'\n");
  expect(read("Pulumi.yaml")).toContain("\n  name: nodejs\n");
});

test("--gitlab emits; beside a foreign .gitlab-ci.yml it shows the include", () => {
  install();
  write(".gitlab-ci.yml", "stages: [test]\n");
  const { exitCode, stdout, stderr } = nestbox("init", "--gitlab");
  expect(stdout).toMatch(/written {2}\.gitlab\/nestbox\/nestbox-init-\w+\.yml\n/);
  expect(stderr).toContain("  include:\n    - local: .gitlab/nestbox/*.yml\n");
  expect(exitCode).toBe(0);
  expect(read(".gitlab-ci.yml")).toBe("stages: [test]\n");
});

test("in a folder of a monorepo, the package is found above and the include is for the root", () => {
  install();
  git("init", "--quiet");
  write(".gitignore", "node_modules/\n");
  write(
    "package.json",
    '{ "type": "module", "workspaces": ["services/*"], "devDependencies": { "nestbox": "*" } }',
  );
  write("services/api/api.py", "");
  const { exitCode, stderr } = nestbox("--project", "services/api", "init", "--gitlab");
  expect(stderr).toContain("  include:\n    - local: services/api/.gitlab-ci.yml\n");
  expect(exitCode).toBe(0);
  expect(files()).toContain("services/api/sandboxes/index.ts");
  expect(files()).not.toContain("services/api/.gitignore");
  expect(read("services/api/package.json")).toContain('"private": true,\n  "type": "module",\n  "scripts"');
  expect(nestbox("--project", "services/api/sandboxes", "plan", "api").exitCode).toBe(0);
});

test("--stack --gitlab --runner writes a program, settings and an image", () => {
  install();
  git("init", "--quiet");
  git("remote", "add", "origin", "git@git.example.org:team/shop.git");
  write("package.json", '{ "name": "shop", "type": "module" }\n');
  const { exitCode, stdout } = nestbox("init", "--gitlab", "--runner", "--service", "docker");
  expect(stdout).toMatch(
    /\n {2}npx nestbox up --stack ci +register and run the runner, see Pulumi\.ci\.yaml\n$/,
  );
  expect(exitCode).toBe(0);
  expect(files()).toEqual(
    [
      ...[".dockerignore", ".gitignore", ".gitlab-ci.yml"],
      ...[".gitlab/nestbox/branch.yml", ".gitlab/nestbox/shop.yml"],
      ...["Pulumi.branch.yaml", "Pulumi.ci.yaml", "Pulumi.dev.yaml", "Pulumi.yaml", "compose/shop.yaml"],
      ...["container/Dockerfile", "container/nestbox", "infra/index.ts", "package.json"],
      ...["sandboxes/index.ts", "sandboxes/runners.ts"],
    ].sort(),
  );
  expect(read("Pulumi.ci.yaml")).toContain("gitlabUrl: https://git.example.org\n");
  expect(nestbox("runner", "config").exitCode).toBe(0);
  expect(spawnSync("sh", ["-n", path.join(root, "container/nestbox")]).status).toBe(0);
});

test("init writes the file that package.json names", () => {
  install();
  write("package.json", '{ "type": "module", "nestbox": { "sandboxes": "ci/boxes.ts" } }\n');
  expect(nestbox("init").exitCode).toBe(0);
  expect(files()).toEqual([".gitignore", "ci/boxes.ts", "package.json"]);
  expect(nestbox("emit").stdout).toContain("written  .gitlab-ci.yml");
  expect(read(".gitlab-ci.yml")).toContain("from ci/boxes.ts;");
});

test.each<readonly [string, () => void, readonly string[], RegExp]>([
  [
    "a file for a folder",
    () => write("sandboxes", ""),
    [],
    /\/sandboxes: is a file where init creates a folder/,
  ],
  [
    "a folder for a file",
    () => write("sandboxes/index.mts/a", ""),
    [],
    /\/sandboxes\/index\.mts: is a folder where init writes a file; move it away/,
  ],
  [
    "a broken package.json",
    () => write("package.json", "{"),
    [],
    /\/package\.json: .*JSON.*; correct the file/,
  ],
  [
    "a Pulumi program of another kind",
    () => write("Pulumi.yaml", "name: mine\nruntime: nodejs\n"),
    ["--stack"],
    /\/Pulumi\.yaml: belongs to a Pulumi program of your own; add sandboxes to it/,
  ],
  [
    "an emitted file of somebody else, after all other files are written",
    () => write("compose/app.yaml", "services: {}\n"),
    ["--gitlab"],
    /compose\/app\.yaml: was not generated by nestbox emit/,
  ],
  [
    "declarations that cannot be loaded",
    () => write("sandboxes/index.mts", "export default [;"),
    ["--stack"],
    /sandboxes\/index\.mts: cannot be loaded: .*; correct it/,
  ],
  ["an unknown service", () => {}, ["--service", "reddis"], /--service: "reddis" .* did you mean "redis"\?/],
])("%s is an error, and nothing is written", (_, prepare, words, message) => {
  root = path.join(root, "app");
  mkdirSync(root);
  install();
  prepare();
  const before = contents();
  const { exitCode, stdout, stderr } = nestbox("init", ...words);
  expect(stderr).toMatch(message);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(contents()).toEqual(before);
  root = path.dirname(root);
});

test("a folder that cannot be written, and one that is missing, are errors", () => {
  expect(nestbox("--project", "/sys", "init")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^error \/sys.*: cannot be written \(.*make the folder writable/),
  });
  expect(nestbox("--project", "nowhere", "init")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/\/nowhere: is no folder; create it/),
  });
});

test("--agents writes instructions, a skill and a hook, and leaves those that are there", () => {
  const AGENT_FILES = [".claude/settings.json", ".claude/skills/nestbox/SKILL.md", "AGENTS.md"];
  write("AGENTS.md", "# Ours\n");
  const { exitCode, stdout } = nestbox("init", "--agents");
  expect(exitCode).toBe(0);
  expect(files()).toEqual(expect.arrayContaining(AGENT_FILES));
  expect(read("AGENTS.md")).toBe("# Ours\n");
  expect(stdout).toMatch(/^left +AGENTS\.md +is there$/m);
  expect(stdout).toContain(
    "AGENTS.md: for agents, add: for services of tests, read .claude/skills/nestbox/SKILL.md",
  );
  expect(JSON.parse(read(".claude/settings.json")).hooks.SessionStart[0].hooks).toEqual([
    { type: "command", command: "npx --no-install nestbox ls", timeout: 60 },
  ]);
  const skill = read(".claude/skills/nestbox/SKILL.md");
  expect(skill).toMatch(/^---\nname: nestbox\ndescription: .*\n {2}.*\n---\n/);
  for (const verb of ["up", "run", "env", "logs", "exec", "down"])
    expect(skill).toContain(`npx nestbox ${verb} `);
  const before = contents();
  expect(nestbox("init", "--agents").exitCode).toBe(0);
  expect(contents()).toEqual(before);
});
