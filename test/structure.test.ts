import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";

const REPOSITORY = path.join(__dirname, "..");

/** What the table of CONTRIBUTING.md says of a folder. */
interface Room {
  /** `cli`; of the files right in `sandboxes/`, apart from its folders, `sandboxes`. */
  readonly name: string;
  readonly mayImport: ReadonlySet<string>;
}

const ROOMS = readRooms();

/** Every source file of ours, and its text. */
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
  const names = rows.map(([, folder = ""]) => folder.replace(/\/(\*\.ts)?$/, ""));
  return rows.map(([, , imports = ""], index) => ({
    name: names[index] ?? "",
    mayImport: new Set(imports.split(", ").flatMap((word) => meant(word, names.slice(0, index)))),
  }));
}

/** The folders that a word of the table's last column means. */
function meant(word: string, above: readonly string[]): readonly string[] {
  if (word === "nothing of ours") return [];
  if (word === "all of the above") return above;
  const folder = word.replace(/^the /, "sandboxes/");
  const rooms = above.filter((name) => name === folder || name.startsWith(`${folder}/`));
  if (rooms.length === 0) throw new Error(`CONTRIBUTING.md: "${word}" is no folder of the rows above`);
  return rooms;
}

/**
 * The paths and packages that a file imports, those of types alone and those at run time too, where they are
 * written out.
 */
function importsOf(file: string, text = SOURCES.get(file) ?? ""): readonly string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? path.join(path.dirname(file), fileName) : fileName,
    );
}

/** Without the imports that Node strips because they are of types alone. */
function loadedBy(file: string): readonly string[] {
  return importsOf(file, SOURCES.get(file)?.replace(/^(import|export) type [^;]*;/gm, ""));
}

function roomOf(file: string): string | undefined {
  const folder = path.dirname(file);
  return ROOMS.map(({ name }) => name)
    .filter((name) => folder === name || (folder.startsWith(`${name}/`) && name !== "sandboxes"))
    .sort((one, other) => other.length - one.length)[0];
}

function isOurs(imported: string): boolean {
  return SOURCES.has(imported);
}

function isPulumi(imported: string): boolean {
  return imported.startsWith("@pulumi/");
}

test("every folder with sources has a row in CONTRIBUTING.md, and every row a folder", () => {
  const found = [...SOURCES.keys()].filter((file) => file.includes("/")).map((file) => roomOf(file) ?? file);
  expect([...new Set(found)].sort()).toEqual(ROOMS.map(({ name }) => name).sort());
});

test("imports go only where CONTRIBUTING.md says", () => {
  const strays = [...SOURCES.keys()].flatMap((file) => {
    const room = ROOMS.find(({ name }) => name === roomOf(file));
    return importsOf(file)
      .filter(isOurs)
      .filter((imported) => roomOf(imported) !== room?.name && !room?.mayImport.has(roomOf(imported) ?? ""))
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(strays).toEqual([]);
});

test("the Pulumi SDK is imported by Pulumi programs, plugins and measurements alone", () => {
  const importers = [...SOURCES.keys()]
    .filter((file) => importsOf(file).some(isPulumi))
    .map((file) => file.split("/")[0]);
  expect([...new Set(importers)].sort()).toEqual(["airgap", "bench", "infra", "test"]);
});

test("nothing that the command line loads imports the Pulumi SDK", () => {
  const loaded = new Set<string>();
  const pending = ["cli/main.mjs"];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    pending.push(...loadedBy(file).filter(isOurs));
  }
  expect(loaded).toContain("cli/verbs/emit.ts");
  expect(loaded).toContain("infra/settings.ts");
  expect([...loaded].filter((file) => loadedBy(file).some(isPulumi))).toEqual([]);
});
