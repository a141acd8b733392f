import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import ts from "typescript";
import { bundle, bundleCommonJs } from "./bundle.ts";
import { removeUnusedDeclarations } from "./declaration-imports.ts";
import { type Manifest, OUTPUT, publishedManifest } from "./published-manifest.ts";
import { writeRequireTypes } from "./require-types.ts";

/** A package of this repository. */
export interface PackageSources {
  /** The folder of its package.json, relative to the repository. */
  readonly folder: string;
  /** The folder of its sources, relative to the package: "./src". */
  readonly sources: string;
  /** Paths of sources that only this repository uses. */
  readonly leftOut: readonly string[];
  /** Files for the top of the package, relative to the repository. */
  readonly documents: readonly string[];
  /** The emitted modules that are bundled into one file. @default every module stays a file */
  readonly together?: readonly string[];
  /** The entries that `require` gets in CommonJS. @default none */
  readonly commonJs?: readonly string[];
}

const REPOSITORY = dirname(import.meta.dirname);

/**
 * Writes the files of a published package into a folder: JavaScript and declarations of its TypeScript, and
 * all other files as they are. Types are not checked.
 */
export async function stagePackage(
  { folder, sources, leftOut, documents, together, commonJs = [] }: PackageSources,
  stage: string,
): Promise<void> {
  const root = join(REPOSITORY, folder, sources);
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !leftOut.includes(relative(root, file)) && !file.includes("/node_modules/"));
  const isCompiled = (file: string) => /(?<!\.d)\.ts$/.test(file);
  const output = join(stage, OUTPUT);
  emit(files.filter(isCompiled), root, output);
  for (const file of files.filter((each) => !isCompiled(each)))
    cpSync(file, join(output, relative(root, file)));
  for (const file of documents) cpSync(join(REPOSITORY, file), join(stage, file.replace(/^.*\//, "")));
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, folder, "package.json"), "utf8")) as Manifest;
  mkdirSync(stage, { recursive: true });
  const published = publishedManifest(manifest, sources, commonJs);
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  const required = Object.values(published.exports).filter((entry) => entry.require !== undefined);
  for (const { types } of required) writeRequireTypes(join(stage, types));
  if (required.length > 0) await bundleCommonJs(output, modulesAmong(required.map((entry) => entry.default)));
  if (together === undefined) return;
  await bundle(output, modulesOf(published), together);
  const types = Object.values(published.exports).map((entry) => join(stage, entry.types));
  removeUnusedDeclarations(
    output,
    types.filter((file) => file.endsWith(".d.ts")),
  );
}

/** The modules that a package.json names, relative to the folder of the emitted files. */
function modulesOf({ exports, imports = {} }: ReturnType<typeof publishedManifest>): readonly string[] {
  return modulesAmong([...Object.values(exports).map((entry) => entry.default), ...Object.values(imports)]);
}

function modulesAmong(paths: readonly string[]): readonly string[] {
  return paths.filter((file) => extname(file) === ".js").map((file) => relative(OUTPUT, file));
}

/** Compiles files with the options of this repository's tsconfig.json. */
function emit(files: readonly string[], rootDir: string, outDir: string): void {
  const { config } = ts.readConfigFile(join(REPOSITORY, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, REPOSITORY);
  const program = ts.createProgram(files, {
    ...options,
    ...{ rootDir, outDir, noEmit: false, declaration: true, noCheck: true },
    ...{ allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true },
  });
  program.emit();
}
