import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";

const REPOSITORY = path.join(__dirname, "..");

/** A row of the table of folders in CONTRIBUTING.md. */
interface Room {
  /** The path of the folder, such as `src/cli`. */
  readonly name: string;
  readonly mayImport: ReadonlySet<string>;
}

const ROOMS = readRooms();

/** The text of each source file, by path. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  readdirSync(REPOSITORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
    .flatMap(({ name }) =>
      readdirSync(path.join(REPOSITORY, name), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(name, file),
      ),
    )
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .map((file) => [file, readFileSync(path.join(REPOSITORY, file), "utf8")]),
);

function readRooms(): readonly Room[] {
  const text = readFileSync(path.join(REPOSITORY, "CONTRIBUTING.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([\w/*.]+)` \|.*\| ([^|]+) \|$/gm)];
  const names = rows.map(([, folder = ""]) => folder.replace(/\/$/, ""));
  return rows.map(([, , imports = ""], index) => ({
    name: names[index] ?? "",
    mayImport: new Set(imports.split(", ").flatMap((word) => foldersOf(word, names.slice(0, index)))),
  }));
}

/** The folders of a word in the table's last column. */
function foldersOf(word: string, above: readonly string[]): readonly string[] {
  if (word === "nothing of ours") return [];
  if (word === "all of the above") return above;
  const found = above.find((name) => name === word || name === `src/${word}`);
  if (found === undefined) throw new Error(`CONTRIBUTING.md: "${word}" is no folder of the rows above`);
  return [found];
}

/**
 * The paths and packages in the imports of a file, including type imports and dynamic imports of literals.
 */
function importsOf(file: string, text = SOURCES.get(file) ?? ""): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => resolved(file, fileName));
}

const { exports: ENTRIES, imports: INTERNAL } = JSON.parse(
  readFileSync(path.join(REPOSITORY, "package.json"), "utf8"),
) as Readonly<Record<"exports" | "imports", Readonly<Record<string, string>>>>;

/** The path of an imported file of the repository, or the name of another package. */
function resolved(importer: string, imported: string): string {
  if (imported.startsWith(".")) return path.join(path.dirname(importer), imported);
  const entry = ENTRIES[imported.replace(/^nestbox(?=\/|$)/, ".")] ?? INTERNAL[imported];
  return path.normalize(entry ?? imported);
}

/** The imports at run time, without type imports. */
function loadedBy(file: string): readonly string[] {
  return importsOf(file, SOURCES.get(file)?.replace(/^(import|export) type [^;]*;/gm, ""));
}

/** The imports at run time, without those that a function loads later. */
function loadedAtOnce(file: string): readonly string[] {
  const text = SOURCES.get(file)?.replace(/^(import|export) type [^;]*;|\bimport\([^)]*\)/gm, "");
  return importsOf(file, text);
}

function roomOf(file: string): string | undefined {
  const folder = path.dirname(file);
  return ROOMS.map(({ name }) => name)
    .filter((name) => folder === name || folder.startsWith(`${name}/`))
    .sort((one, other) => other.length - one.length)[0];
}

function isOurs(imported: string): boolean {
  return SOURCES.has(imported);
}

function isPulumi(imported: string): boolean {
  return imported.startsWith("@pulumi/");
}

test("the folders with sources are the rows of CONTRIBUTING.md", () => {
  const found = [...SOURCES.keys()].filter((file) => file.includes("/")).map((file) => roomOf(file) ?? file);
  expect([...new Set(found)].sort()).toEqual(ROOMS.map(({ name }) => name).sort());
});

test("imports follow the table of CONTRIBUTING.md", () => {
  const violations = [...SOURCES.keys()].flatMap((file) => {
    const room = ROOMS.find(({ name }) => name === roomOf(file));
    return importsOf(file)
      .filter(isOurs)
      .filter((imported) => roomOf(imported) !== room?.name && !room?.mayImport.has(roomOf(imported) ?? ""))
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(violations).toEqual([]);
});

test("src/ contains no path to airgap/, and airgap/ none outside itself", () => {
  const literals = (pattern: RegExp) => (file: string) =>
    [...(SOURCES.get(file) ?? "").matchAll(pattern)].map(([text]) => `${file}: ${text}`);
  const files = (folder: string) => [...SOURCES.keys()].filter((file) => file.startsWith(folder));
  expect(files("src/").flatMap(literals(/["'`/]airgap["'`/].*/g))).toEqual([]);
  const outside = files("airgap/").flatMap((file) =>
    literals(/(?<=["'`])\.\.\/[^"'`]*/g)(file).filter(
      (found) => !path.join(path.dirname(file), found.split(": ")[1] ?? "").startsWith("airgap/"),
    ),
  );
  expect(outside).toEqual([]);
});

test("the packages that airgap/ imports are in its package.json", () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(REPOSITORY, "airgap/package.json"), "utf8"));
  const imported = [...SOURCES.keys()]
    .filter((file) => file.startsWith("airgap/"))
    .flatMap((file) => importsOf(file))
    .filter((name) => !isOurs(name) && !name.startsWith("node:"))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]);
  expect([...new Set(imported)].sort()).toEqual(Object.keys(dependencies).sort());
});

test("files of airgap/ and src/ have different names, except for the same purpose", () => {
  const names = (folder: string) =>
    [...SOURCES.keys()].filter((file) => file.startsWith(folder)).map((file) => path.basename(file));
  const shared = names("airgap/").filter((name) => names("src/").includes(name));
  expect(new Set(shared)).toEqual(new Set(["content-hash.ts", "index.ts"]));
});

test("only Pulumi programs, plugins and benchmarks import the Pulumi SDK", () => {
  const importers = [...SOURCES.keys()]
    .filter((file) => importsOf(file).some(isPulumi))
    .map((file) => roomOf(file));
  expect([...new Set(importers)].sort()).toEqual(["airgap", "bench", "src/pulumi", "test"]);
});

test("nothing that the command line loads imports the Pulumi SDK", () => {
  const loaded = new Set<string>();
  const pending = ["src/cli/main.mjs"];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    pending.push(...loadedBy(file).filter(isOurs));
  }
  expect(loaded).toContain("src/cli/verbs/emit.ts");
  expect(loaded).toContain("src/stacks/stack-settings.ts");
  expect([...loaded].filter((file) => loadedBy(file).some(isPulumi))).toEqual([]);
});

test("nestbox/pulumi needs no other package of Pulumi than the SDK", () => {
  const loaded = new Set<string>();
  const pending = ["src/pulumi/index.ts", "src/pulumi/gitlab/index.ts"];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    pending.push(...loadedAtOnce(file).filter(isOurs));
  }
  const packages = [...loaded].flatMap(loadedAtOnce).filter(isPulumi);
  expect([...new Set(packages)]).toEqual(["@pulumi/pulumi"]);
});

test("infra/ and sandboxes/ import the package by name", () => {
  const users = [...SOURCES.keys()].filter((file) => /^(?:infra|sandboxes)\//.test(file));
  expect(users).toContain("infra/index.ts");
  const reached = users.filter((file) => /["']\.\.\/src\//.test(SOURCES.get(file) ?? ""));
  expect(reached).toEqual([]);
});

test("there are at most a dozen folders at the top", () => {
  const folders = new Set(
    [...SOURCES.keys()].filter((file) => file.includes("/")).map((file) => file.split("/")[0]),
  );
  expect(folders.size).toBeLessThanOrEqual(12);
});

test("each folder of tests mirrors a folder of sources", () => {
  const isFolder = (folder: string) => existsSync(path.join(REPOSITORY, folder));
  const folders = [...SOURCES.keys()]
    .filter((file) => file.endsWith(".test.ts") && !/^test\/(e2e|engines)\//.test(file))
    .map((file) => path.relative("test", path.dirname(file)))
    .filter((folder) => folder !== "");
  expect(new Set(folders.filter((folder) => !isFolder(`src/${folder}`) && !isFolder(folder)))).toEqual(
    new Set(),
  );
});

/** Files that use an engine or a program of the set-up. */
const NEEDS_SET_UP = [
  "bench/connect.ts",
  "src/setup/index.ts",
  "airgap/engine/engine-root.ts",
  "airgap/pulumi/compile.ts",
  "test/airgap/pulumi-project.ts",
];

function isUnitTest(file: string): boolean {
  return /^test\/(?!e2e\/).*(?<!\.integration|\.cluster|\.cluster-serial|\.serial)\.test\.ts$/.test(file);
}

test("unit tests and their helpers use no engine and no program of the set-up", () => {
  const uses = (file: string, trail: readonly string[] = []): readonly string[] =>
    loadedBy(file)
      .filter((imported) => !trail.includes(imported))
      .flatMap((imported) =>
        NEEDS_SET_UP.includes(imported)
          ? [[...trail, file, imported].join(" → ")]
          : imported.startsWith("test/")
            ? uses(imported, [...trail, file])
            : [],
      );
  const starts = /\b(?:spawn|exec|execFile)(?:Sync)?\(\s*"(?:docker|pulumi|go)\b/;
  const files = [...SOURCES.keys()];
  expect(
    files.filter((file) => file.endsWith(".integration.test.ts")).flatMap((file) => uses(file)),
  ).not.toEqual([]);
  expect(files.filter(isUnitTest).flatMap((file) => uses(file))).toEqual([]);
  expect(files.filter((file) => isUnitTest(file) && starts.test(SOURCES.get(file) ?? ""))).toEqual([]);
});

/** What only the outermost place of a command or a program reads or changes. */
const OF_THE_PROCESS = /\bprocess\.(?:env|stdin|stdout|stderr|on|once)\b|= process;/;

/** Where a command or a program begins: a Pulumi program is outermost itself. */
const OUTERMOST = new RegExp(
  `^src/(?:${[
    String.raw`cli/(?:main|process-invocation|closed-output)\.m?[jt]s`,
    String.raw`start/(?:process-end|program-invocation|start-declared)\.ts`,
    String.raw`testing/(?:jest/(?:index|environment)|vitest|node-test|holder/holder-process)\.ts`,
    String.raw`pulumi/.*|setup/bootstrap\.mjs`,
  ].join("|")})$`,
);

test("environment, streams and signals are handed in", () => {
  const readers = [...SOURCES]
    .filter(([file, text]) => file.startsWith("src/") && !OUTERMOST.test(file) && OF_THE_PROCESS.test(text))
    .map(([file]) => file);
  expect(readers).toEqual([]);
});

/** Declarations and their checks, and the index, which exports them to users. */
const DECLARATION = /^src\/model\/(?:declaration\/|index\.ts$)/;

/** The files that lower a plan to objects of a target. */
const LOWERING = /^src\/(?:[^/]+\/lowering|compose|gitlab\/jobs|losses|emission)\//;

/** Exceptions: a file that declares a sandbox, and the table of a declaration's properties. */
const DECLARING = ["src/gitlab/jobs/daemon-sandbox.ts", "src/losses/support.ts"];

test("a lowering imports plans and placements, not declarations", () => {
  const lowerings = [...SOURCES.keys()].filter((file) => LOWERING.test(file) && !DECLARING.includes(file));
  expect(lowerings).toContain("src/docker/lowering/lower-service.ts");
  expect(lowerings).toContain("src/compose/compose-file.ts");
  const readers = lowerings.flatMap((file) =>
    importsOf(file)
      .filter((imported) => DECLARATION.test(imported))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(readers).toEqual([]);
});

/** What each part of `src/model` may import of the others. `shared`: the files at its top. */
const MODEL_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  declaration: ["shared"],
  plan: ["shared", "declaration"],
  runner: ["shared", "plan"],
};

test("declarations import no plans, and shared files import neither", () => {
  const partOf = (file: string) => /^src\/model\/(\w+)\//.exec(file)?.[1] ?? "shared";
  const files = [...SOURCES.keys()].filter((file) => /^src\/model\/(?!index\.ts$)/.test(file));
  expect([...new Set(files.map(partOf))].sort()).toEqual(Object.keys(MODEL_IMPORTS).sort());
  const violations = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => imported.startsWith("src/model/") && partOf(imported) !== partOf(file))
      .filter((imported) => !MODEL_IMPORTS[partOf(file)]?.includes(partOf(imported)))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(violations).toEqual([]);
});

/** Files with other waits, and the reason. */
const OWN_WAITS: Readonly<Record<string, string>> = {
  "test/eventually.ts": "implements the wait",
  "test/e2e/crashes.test.ts": "kills a command at a random time",
  "test/e2e/fresh.test.ts": "kills a command at a random time",
  "test/engines/engine-cases.ts": "kills a command at a random time",
  "test/cli/interruption.test.ts": "simulates a set-up that takes time to clean up",
  "test/airgap/pulumi/pulumi-language-nodejs/with-pulumi.integration.test.ts":
    "runs a program until it is killed",
  "test/airgap/gitlab-provider/user-runner-requests.test.ts": "cancels a request during a delay",
  "test/setup/docker-command.ts": "repeats a docker command",
};

/** The loops of a file without a counter but with an `await`. */
function waitingLoops(file: string): readonly string[] {
  const source = ts.createSourceFile(file, SOURCES.get(file) ?? "", ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const awaits = (node: ts.Node): boolean =>
    ts.isAwaitExpression(node) ||
    (!ts.isFunctionLike(node) && ts.forEachChild(node, (child) => awaits(child) || undefined) === true);
  const visit = (node: ts.Node): void => {
    const isOpen =
      ts.isWhileStatement(node) ||
      ts.isDoStatement(node) ||
      (ts.isForStatement(node) && node.incrementor === undefined);
    if (isOpen && awaits(node)) found.push(`${file}: ${node.getText(source).split("\n")[0]}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("tests wait only with `eventually`, not with other sleeps or polling loops", () => {
  const files = [...SOURCES.keys()].filter((file) => file.startsWith("test/"));
  const waits = (file: string) => [
    ...waitingLoops(file),
    ...((SOURCES.get(file) ?? "").match(/\bsetTimeout\b|\btimers\/promises\b|\bAtomics\.wait\b/g) ?? []).map(
      (name) => `${file}: ${name}`,
    ),
  ];
  for (const file of Object.keys(OWN_WAITS)) expect(waits(file)).not.toEqual([]);
  const others = files.filter((file) => !(file in OWN_WAITS) && file !== "test/structure.test.ts");
  expect(others.flatMap(waits)).toEqual([]);
});

test("the tests that start first exist", () => {
  const listed = (SOURCES.get("test/longest-first.cjs") ?? "").match(/(?<=")\S+\.test\.ts(?=")/g) ?? [];
  expect(listed).toContain("e2e/crashes.test.ts");
  expect(listed.filter((file) => !SOURCES.has(`test/${file}`))).toEqual([]);
});

test("no line is longer than 110 columns", () => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  const checked = files
    .split("\n")
    .filter((file) => /^(?!airgap\/images\/).*\.(?:ts|mjs|cjs|sh)$/.test(file));
  expect(checked).toEqual(expect.arrayContaining(["jest.config.mjs", "src/cli/main.mjs"]));
  const long = checked
    .filter((file) => existsSync(path.join(REPOSITORY, file)))
    .flatMap((file) =>
      readFileSync(path.join(REPOSITORY, file), "utf8")
        .split("\n")
        .flatMap((line, index) => (line.length > 110 ? [`${file}:${index + 1}`] : [])),
    );
  expect(long).toEqual([]);
});

test("no two functions of one name are exported", () => {
  const exported = [...SOURCES]
    .filter(([file]) => file.startsWith("src/"))
    .flatMap(([, text]) =>
      [...text.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, name = ""]) => name),
    );
  expect(exported).toContain("lowerToDocker");
  expect(exported.filter((name, index) => exported.indexOf(name) !== index)).toEqual([]);
});

test("no file imports itself through other files", () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (done.has(file) || trail.includes(file)) return;
    for (const imported of importsOf(file).filter(isOurs)) visit(imported, [...trail, file]);
    done.add(file);
  };
  for (const file of SOURCES.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

/** Files that compare with a word that is a target's name as well, and what it means there. */
const SAME_WORDS: Readonly<Record<string, string>> = {
  "src/catalog/dind.ts": "an alias",
  "src/doctor/runner/runner-config-checks.ts": "an executor of gitlab-runner",
  "src/gitlab/jobs/gitlab-job.ts": "a strategy",
  "src/gitlab/jobs/runner-needs.ts": "a strategy",
  "src/gitlab/jobs/strategy.ts": "a strategy",
  "src/gitlab/proof/gitlab-proof.ts": "a strategy",
  "src/model/runner/runner.ts": "an executor of gitlab-runner",
};

test("no file outside of a target's folder compares with its name", () => {
  const list = SOURCES.get("src/targets/index.ts") ?? "";
  const names = [...list.matchAll(/name: "(\w+)"/g)].map(([, name = ""]) => name);
  expect(names).toEqual(["docker", "compose", "gitlab", "kubernetes"]);
  const comparing = names.flatMap((name) =>
    [...SOURCES]
      .filter(([file]) => file.startsWith("src/") && !file.startsWith(`src/${name}/`))
      .filter(([, text]) => new RegExp(`[!=]== "${name}"|"${name}" [!=]==|case "${name}":`).test(text))
      .map(([file]) => file),
  );
  expect(comparing.sort()).toEqual(Object.keys(SAME_WORDS).sort());
});

test("no error is a bare name", () => {
  const bare = [...SOURCES].flatMap(([file, text]) =>
    file.startsWith("src/")
      ? [...text.matchAll(/new (?:Range|Type)?Error\([\w.]*(?<!message)\)/g)].map(
          ([found]) => `${file}: ${found}`,
        )
      : [],
  );
  expect(bare).toEqual([]);
});

test("the files that comments name exist", () => {
  const named = [...SOURCES].flatMap(([file, text]) =>
    /^(?:src|airgap|bench|infra|sandboxes)\//.test(file)
      ? [...text.matchAll(/^\s*(?:\/?\*|\/\/).*/gm)]
          .flatMap(([line]) => line.match(/(?<![\w./:-])[\w./-]+\.(?:[cm]?[jt]s|md)\b/g) ?? [])
          .map((name) => ({ file, name }))
      : [],
  );
  expect(named.length).toBeGreaterThan(10);
  const isMissing = ({ file, name }: { readonly file: string; readonly name: string }) =>
    // An import is that of an example: a program in infra/.
    (name.startsWith(".") ? ["infra"] : [path.dirname(file), "", "src", "sandboxes"]).every(
      (folder) => !existsSync(path.join(REPOSITORY, folder, name)),
    );
  expect(named.filter(isMissing)).toEqual([]);
});

test("messages name commands of the package, and no scripts of this repository", () => {
  const naming = [...SOURCES].filter(
    ([file, text]) => file.startsWith("src/") && /\bnpm (?:start|test|run \w)/.test(text),
  );
  expect(naming.map(([file]) => file)).toEqual([]);
});
