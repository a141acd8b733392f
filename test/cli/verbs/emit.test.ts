import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { redis } from "../../../src/catalog/redis.ts";
import { type EmitOptions, emitDeclared } from "../../../src/cli/verbs/emit.ts";
import { type Sandbox, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { chosenSandboxes } from "../../../src/project/chosen-sandboxes.ts";
import { AT_ROOT, EMITTING } from "../../emission/emitted.ts";

const REPOSITORY = path.resolve(__dirname, "../../..");
const RUNNERS = [{ name: "plain", tags: ["docker"] }];
const JOB = { image: "alpine:3.19", script: ["true"] };

const snake = sandbox("snake", {
  services: { cache: redis() },
  jobs: { tests: { ...JOB, tmpfs: { "/cache": "8MiB" } } },
});
const whale = sandbox("whale", { services: { cache: redis() }, jobs: { tests: JOB } });
const jobless = sandbox("jobless", { services: { cache: redis() } });

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-emit-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  /** Undefined if the command was refused. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function emit(sandboxes: readonly Sandbox[], options: Partial<EmitOptions> = {}): Promise<Result> {
  const result = await emitOrRefuse(sandboxes, options);
  if ("refusal" in result) throw result.refusal;
  return result;
}

/** The result of emitting, or the refusal with the output before it. */
async function emitOrRefuse(
  sandboxes: readonly Sandbox[],
  options: Partial<EmitOptions> = {},
): Promise<Result & { readonly refusal?: unknown }> {
  const texts = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") =>
    new Writable({
      write(chunk, _, done) {
        texts[name] += chunk;
        done();
      },
    });
  const output = { stdout: into("stdout"), stderr: into("stderr") };
  try {
    const chosen = chosenSandboxes(
      { declared: sandboxes, declaredIn: "sandboxes/index.ts" },
      options.sandboxes ?? [],
    );
    const exitCode = await emitDeclared(
      EMITTING,
      {
        ...AT_ROOT,
        plans: chosen.map((sandbox) => plan(sandbox, { profiles: "all" })),
        runners: RUNNERS,
        isWhole: options.sandboxes === undefined,
      },
      { project: folder, ...options },
      output,
    );
    return { exitCode, ...texts };
  } catch (refusal) {
    return { refusal, ...texts };
  }
}

function read(file: string): string {
  return readFileSync(path.join(folder, file), "utf8");
}

function filesIn(from = folder): readonly string[] {
  const entries = readdirSync(from, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(from, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe("emitting", () => {
  test("writes a CI file and a compose file for each sandbox, and a file that includes them", async () => {
    const { exitCode, stdout } = await emit([snake, jobless]);
    expect(exitCode).toBe(0);
    expect(filesIn()).toEqual([
      ".gitlab-ci.yml",
      ".gitlab/nestbox/snake.yml",
      "compose/jobless.yaml",
      "compose/snake.yaml",
    ]);
    expect(stdout).toContain("written  compose/snake.yaml\n");
    expect(read(".gitlab-ci.yml")).toContain("include:\n  - local: .gitlab/nestbox/snake.yml\n");
  });

  test("writes a .gitlab-ci.yml only for jobs, and removes its own", async () => {
    await emit([jobless]);
    expect(filesIn()).toEqual(["compose/jobless.yaml"]);
    expect((await emit([snake])).stdout).toContain(
      "written  .gitlab-ci.yml: GitLab runs the jobs that it includes\n",
    );
    expect((await emit([snake, jobless])).stdout).not.toContain(".gitlab-ci.yml");
    expect((await emit([jobless], { check: true })).stdout).toContain(
      ".gitlab-ci.yml belongs to a sandbox or jobs that are no longer declared\n",
    );
    expect((await emit([jobless], { sandboxes: ["jobless"] })).stdout).not.toContain("removed");
    expect((await emit([jobless])).stdout).toContain("removed  .gitlab-ci.yml\n");
    writeFileSync(path.join(folder, ".gitlab-ci.yml"), "build:\n  script: make\n");
    const { stdout, stderr } = await emit([jobless]);
    expect(stdout + stderr).not.toContain(".gitlab-ci.yml");
    expect(filesIn()).toEqual([".gitlab-ci.yml", "compose/jobless.yaml"]);
  });

  test("twice writes the same bytes and reports no change", async () => {
    await emit([snake, whale]);
    const before = filesIn().map((file) => [file, read(file), statSync(path.join(folder, file)).mtimeMs]);
    const { exitCode, stdout } = await emit([snake, whale]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "5 files already up to date\n" });
    expect(filesIn().map((file) => [file, read(file), statSync(path.join(folder, file)).mtimeMs])).toEqual(
      before,
    );
  });

  test("of one sandbox writes only its files", async () => {
    await emit([snake, whale], { sandboxes: ["whale"] });
    expect(filesIn()).toEqual([".gitlab/nestbox/whale.yml", "compose/whale.yaml"]);
  });

  test("to another folder writes the same bytes", async () => {
    const out = path.join(folder, "elsewhere");
    await emit([snake]);
    await emit([snake], { out });
    expect(filesIn(out)).toEqual([".gitlab-ci.yml", ".gitlab/nestbox/snake.yml", "compose/snake.yaml"]);
    expect(read("elsewhere/compose/snake.yaml")).toBe(read("compose/snake.yaml"));
  });

  test("removes only the emitted files of removed sandboxes", async () => {
    await emit([snake, whale]);
    writeFileSync(path.join(folder, "compose/mine.yaml"), "services: {}\n");
    const { stdout } = await emit([snake]);
    expect(filesIn()).toEqual([
      ".gitlab-ci.yml",
      ".gitlab/nestbox/snake.yml",
      "compose/mine.yaml",
      "compose/snake.yaml",
    ]);
    expect(stdout).toContain("removed  compose/whale.yaml\n");
  });

  test("keeps a project's own .gitlab-ci.yml and prints the include to add", async () => {
    writeFileSync(path.join(folder, ".gitlab-ci.yml"), "build:\n  script: make\n");
    const { exitCode, stderr } = await emit([snake]);
    expect(exitCode).toBe(0);
    expect(read(".gitlab-ci.yml")).toBe("build:\n  script: make\n");
    expect(stderr).toContain("include:\n    - local: .gitlab/nestbox/*.yml");
    writeFileSync(path.join(folder, ".gitlab-ci.yml"), "include: .gitlab/nestbox/snake.yml\n");
    expect((await emit([snake])).stderr).not.toContain("include:");
  });
});

describe("losses", () => {
  const LOSS = "snake.jobs.tests.tmpfs  gitlab services  a folder on the container's disk";

  test("are printed with property, target and substitute", async () => {
    const { exitCode, stderr } = await emit([snake]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Some properties have no equivalent in these targets:\n");
    expect(stderr).toContain(LOSS);
  });

  test("are an error with --strict, which writes no file", async () => {
    const { exitCode, stderr } = await emit([snake], { strict: true });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(LOSS);
    expect(filesIn()).toEqual([]);
    expect((await emit([whale], { strict: true })).exitCode).toBe(0);
  });
});

describe("--json", () => {
  test("prints files and losses", async () => {
    const { stdout, stderr } = await emit([snake], { json: true });
    const { files, losses } = JSON.parse(stdout);
    expect(files.map(({ path: file, state }: { path: string; state: string }) => [file, state])).toEqual([
      ["compose/snake.yaml", "missing"],
      [".gitlab-ci.yml", "missing"],
      [".gitlab/nestbox/snake.yml", "missing"],
    ]);
    expect(files[0].content).toBe(read("compose/snake.yaml"));
    expect(losses).toEqual([
      {
        path: "snake.jobs.tests.tmpfs",
        feature: "job.tmpfs",
        target: "gitlab services",
        instead: "a folder on the container's disk",
      },
    ]);
    expect(stderr).toBe("");
  });

  const statesIn = (stdout: string) =>
    Object.fromEntries(
      JSON.parse(stdout).files.map(({ path: file, state }: Record<string, string>) => [file, state]),
    );

  test("prints no files if one is refused, and the difference on stderr", async () => {
    await emit([snake]);
    writeFileSync(path.join(folder, "compose/snake.yaml"), `${read("compose/snake.yaml")}# mine\n`);
    const { refusal, stdout, stderr } = await emitOrRefuse([snake], { json: true });
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(stdout).toBe("");
    expect(stderr).toContain("\n-# mine\n");
  });

  test.each([{ check: true }, { strict: true }])("prints one document with %o", async (options) => {
    const { exitCode, stdout, stderr } = await emit([snake], { json: true, ...options });
    expect(exitCode).toBe(1);
    expect(statesIn(stdout)).toMatchObject({ "compose/snake.yaml": "missing" });
    expect(stderr).toBe("");
    expect(filesIn()).toEqual([]);
  });

  test("prints nothing if a file cannot be written", async () => {
    writeFileSync(path.join(folder, "compose"), "a file\n");
    const { refusal, stdout } = await emitOrRefuse([snake], { json: true });
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(stdout).toBe("");
  });
});

describe("--check", () => {
  test("passes if all files are up to date, and writes no file", async () => {
    await emit([snake]);
    expect(await emit([snake], { check: true })).toMatchObject({
      exitCode: 0,
      stdout: "3 files are up to date\n",
    });
  });

  test("prints missing, outdated, edited and stale files, and exits with 1", async () => {
    await emit([snake, whale]);
    const changed = sandbox("snake", {
      services: { cache: redis({ image: "redis:8-alpine" }) },
      jobs: { tests: JOB },
    });
    writeFileSync(path.join(folder, ".gitlab-ci.yml"), read(".gitlab-ci.yml").replace("include", "included"));
    rmSync(path.join(folder, ".gitlab/nestbox/snake.yml"));
    const before = filesIn().map(read);
    const { exitCode, stdout } = await emit([changed], { check: true });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(".gitlab-ci.yml was edited by hand");
    expect(stdout).toContain(".gitlab/nestbox/snake.yml is missing");
    expect(stdout).toContain("compose/snake.yaml differs from the declarations");
    expect(stdout).toContain("-    image: redis:7-alpine\n+    image: redis:8-alpine\n");
    expect(stdout).toContain("compose/whale.yaml belongs to a sandbox or jobs that are no longer declared");
    expect(stdout).toContain("5 of 5 files differ; run nestbox emit and commit the result");
    expect(filesIn().map(read)).toEqual(before);
  });
});

describe("a file that was edited by hand", () => {
  const edit = () => {
    const edited = `${read("compose/snake.yaml")}# mine\n`;
    writeFileSync(path.join(folder, "compose/snake.yaml"), edited);
    return edited;
  };

  test("is kept and printed with its difference and a remedy, and no other file is written", async () => {
    await emit([snake]);
    const edited = edit();
    rmSync(path.join(folder, ".gitlab-ci.yml"));
    await expect(emit([snake])).rejects.toThrow(
      "compose/snake.yaml: was edited by hand; " +
        "move the change into the declaration, or overwrite it with --force",
    );
    const { refusal, stdout, stderr } = await emitOrRefuse([snake]);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(stdout).toBe("");
    expect(stderr).toContain("\n-# mine\n");
    expect(read("compose/snake.yaml")).toBe(edited);
    expect(existsSync(path.join(folder, ".gitlab-ci.yml"))).toBe(false);
  });

  test("is overwritten with --force", async () => {
    await emit([snake]);
    edit();
    expect(await emit([snake], { force: true })).toMatchObject({ exitCode: 0 });
    expect(read("compose/snake.yaml")).not.toContain("# mine");
  });

  test("is removed with --force if its sandbox is no longer declared", async () => {
    await emit([snake, whale]);
    writeFileSync(path.join(folder, "compose/whale.yaml"), `${read("compose/whale.yaml")}# mine\n`);
    const { stdout } = await emit([snake], { force: true });
    expect(stdout).toContain("removed  compose/whale.yaml\n");
    expect(filesIn()).not.toContain("compose/whale.yaml");
  });

  test("and a file that was not generated are both refused", async () => {
    mkdirSync(path.join(folder, "compose"));
    writeFileSync(path.join(folder, "compose/snake.yaml"), "services: {}\n");
    await expect(emit([snake])).rejects.toThrow(
      "compose/snake.yaml: was not generated by nestbox emit; move it away, or overwrite it with --force",
    );
    expect(filesIn()).toEqual(["compose/snake.yaml"]);
  });
});

describe("an error changes no file", () => {
  test("an unknown sandbox", async () => {
    await expect(emit([snake], { sandboxes: ["viper"] })).rejects.toThrow(
      'no sandbox "viper"; sandboxes/index.ts lists snake',
    );
  });

  test("an unwritable folder", async () => {
    writeFileSync(path.join(folder, "compose"), "a file\n");
    await expect(emit([snake])).rejects.toThrow(
      /compose\/snake\.yaml: cannot be written .* no file was changed/,
    );
    expect(filesIn()).toEqual(["compose"]);
  });

  test("a job without a suitable runner", async () => {
    const needy = sandbox("needy", {
      services: { cache: redis({ files: { "/etc/a": { content: "a" } } }) },
      jobs: { tests: JOB },
    });
    await expect(emit([snake, needy])).rejects.toThrow(
      "needy.jobs.tests.gitlab.runner: no runner meets the job's needs",
    );
    expect(filesIn()).toEqual([]);
  });
});

describe("the command", () => {
  const nestbox = (...words: readonly string[]) =>
    spawnSync(
      path.join(REPOSITORY, "node_modules/.bin/node"),
      [path.join(REPOSITORY, "src/cli/main.mjs"), ...words],
      {
        cwd: REPOSITORY,
        encoding: "utf8",
      },
    );

  test("reports this repository's own files as up to date", () => {
    const { status, stdout } = nestbox("emit", "--check");
    expect(stdout).toMatch(/^\d+ files are up to date\n$/);
    expect(status).toBe(0);
  });

  test("writes Kubernetes manifests with --target, and nothing else", () => {
    const toFolder = ["emit", "--target", "kubernetes", "--out", folder];
    expect(nestbox(...toFolder, "shop").status).toBe(0);
    expect(readdirSync(folder)).toEqual(["kubernetes"]);
    expect(nestbox(...toFolder, "shop", "--check").stdout).toMatch(/^\d+ files are up to date\n$/);
    const stale = path.join(folder, "kubernetes/old/services/cache.yaml");
    mkdirSync(path.dirname(stale), { recursive: true });
    copyFileSync(path.join(folder, "kubernetes/shop/services/cache.yaml"), stale);
    const own = path.join(folder, "kubernetes/own.yaml");
    writeFileSync(own, "kind: Secret\n");
    expect(nestbox(...toFolder).status).toBe(0);
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(own)).toBe(true);
  });

  test("refuses an unknown target", () => {
    const { status, stderr } = nestbox("emit", "--target", "swarm");
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'swarm' is invalid. Allowed choices are compose, gitlab, kubernetes.");
  });

  test("exits with 2 for an unknown sandbox", () => {
    const { status, stdout, stderr } = nestbox("emit", "viper");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^error no sandbox "viper"; sandboxes\/index\.ts lists snake/);
  });

  test("loads neither the Pulumi SDK nor a Docker client", () => {
    const probe = path.join(folder, "loaded.mjs");
    writeFileSync(
      probe,
      'import module from "node:module"; module.registerHooks({ load(url, context, next) { ' +
        "process.stderr.write(`${url}\\n`); return next(url, context); } });",
    );
    chmodSync(probe, 0o644);
    const stderr = execFileSync(
      "sh",
      [
        "-c",
        '"$0" --import "$1" "$2" emit --check 2>&1 >/dev/null',
        path.join(REPOSITORY, "node_modules/.bin/node"),
        probe,
        path.join(REPOSITORY, "src/cli/main.mjs"),
      ],
      { cwd: REPOSITORY, encoding: "utf8" },
    );
    expect(stderr).toContain("src/emission/emission.ts");
    expect(stderr).not.toMatch(/node_modules\/(@pulumi|@grpc|dockerode)\//);
  });
});

/** Runs the command in a project with these files, a Pulumi.yaml and a runner. */
function emitProject(files: Readonly<Record<string, string>>): ReturnType<typeof spawnSync> {
  const all = {
    "Pulumi.yaml": "name: nestbox\n",
    "package.json": '{ "type": "module" }',
    "sandboxes/runners.ts": `export default ${JSON.stringify(RUNNERS)};\n`,
    ...files,
  };
  mkdirSync(path.join(folder, "sandboxes"));
  for (const [file, content] of Object.entries(all)) writeFileSync(path.join(folder, file), content);
  return spawnSync(process.execPath, [path.join(REPOSITORY, "src/cli/main.mjs"), "-C", folder, "emit"]);
}

test("in a folder of a repository, paths start at the root, which lacks an include until it has one", () => {
  const project = path.join(folder, "services/api");
  mkdirSync(path.join(project, "sandboxes"), { recursive: true });
  mkdirSync(path.join(project, "app"));
  writeFileSync(path.join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(
    path.join(project, "sandboxes/index.ts"),
    `${IMPORT_SANDBOX}const tests = { image: "alpine:3.19", script: ["true"], files: "app" };
    export default [sandbox("one", { services: {}, jobs: { tests } })];`,
  );
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  const main = path.join(REPOSITORY, "src/cli/main.mjs");
  const run = () => spawnSync(process.execPath, [main, "-C", project, "emit"], { encoding: "utf8" });
  const include = "include:\n    - local: services/api/.gitlab-ci.yml\n";
  expect(run()).toMatchObject({ status: 0, stderr: expect.stringContaining(include) });
  const read = (file: string) => readFileSync(path.join(project, file), "utf8");
  expect(read(".gitlab-ci.yml")).toContain("- local: services/api/.gitlab/nestbox/one.yml");
  expect(read(".gitlab/nestbox/one.yml")).toContain('cd "$CI_PROJECT_DIR"/services/api/app');
  writeFileSync(path.join(folder, ".gitlab-ci.yml"), include);
  expect(run()).toMatchObject({ status: 0, stderr: expect.not.stringContaining("include:") });
});

const MODEL = path.join(REPOSITORY, "src/model/declaration/sandbox.ts");
const IMPORT_SANDBOX = `import { sandbox } from ${JSON.stringify(MODEL)};\n`;

test.each([
  ["a duplicate sandbox name", 'const one = sandbox("one", { services: {} }); export default [one, one];'],
  ["another object in the list", "export default [{ name: 'one' }];"],
  ["an import that does not exist", 'import x from "./missing.ts"; export default [x];'],
  ["a thrown error", 'throw new TypeError("unexpected");'],
])("%s in sandboxes/index.ts is an error that names the file", (_, text) => {
  const { status, stderr } = emitProject({ "sandboxes/index.ts": IMPORT_SANDBOX + text });
  expect(String(stderr)).toMatch(/error sandboxes\/index\.ts: /);
  expect(status).toBe(2);
  expect(filesIn(path.join(folder, "sandboxes"))).toEqual(["index.ts", "runners.ts"]);
});

test.each([
  ["a thrown error", 'throw new TypeError("unexpected");'],
  ["no list", "export default {};"],
])("%s in sandboxes/runners.ts is an error that names the file", (_, text) => {
  const { status, stderr } = emitProject({
    "sandboxes/index.ts": "export default [];",
    "sandboxes/runners.ts": text,
  });
  expect(String(stderr)).toMatch(/error sandboxes\/runners\.ts: /);
  expect(status).toBe(2);
});

describe("a perBranch sandbox", () => {
  function declarePerBranch(template: string): ReturnType<typeof spawnSync> {
    const box = 'sandbox("box", { perBranch: true, services: { web: { image: "a" } } })';
    return emitProject({
      "Pulumi.branch.yaml": template,
      "sandboxes/index.ts": `${IMPORT_SANDBOX}export default [${box}];\n`,
    });
  }

  test("adds the jobs for stacks of branches, with the time to live of the template", () => {
    const { status } = declarePerBranch("config: { nestbox:sandboxes: [box], nestbox:timeToLive: 3h }\n");
    expect(status).toBe(0);
    expect(read(".gitlab-ci.yml")).toContain("- local: .gitlab/nestbox/branch.yml\n");
    expect(read(".gitlab/nestbox/branch.yml")).toContain('auto_stop_in: "3 hours"\n');
  });

  test("must be in the template for branches", () => {
    const { status, stderr } = declarePerBranch("config: { nestbox:sandboxes: [] }\n");
    expect(status).toBe(2);
    expect(String(stderr)).toContain(
      "box.perBranch: the stacks of branches omit the sandbox; " +
        "add it to nestbox:sandboxes in Pulumi.branch.yaml",
    );
  });
});
