import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../../model/problem.ts";
import { isMapping } from "./yaml-file.ts";

/** The files of a project's declarations: paths from its folder, with slashes. */
export interface DeclarationFiles {
  readonly sandboxes: string;
  readonly runners: string;
}

/** The extensions of modules that Node loads. `.mts` is an ES module in every package. */
const EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * The files of a project's declarations, which may be missing: those that the key `nestbox` of its
 * package.json names, else `sandboxes/index.ts`, and `runners.ts` beside it, or the same with another
 * extension of a module.
 * @throws ConfigurationError for a package.json that cannot be read, and for an invalid key
 */
export function declarationFiles(folder: string): DeclarationFiles {
  const named = namedFiles(folder);
  const sandboxes = named.sandboxes ?? existingModule(folder, "sandboxes/index");
  const beside = path.posix.join(path.posix.dirname(sandboxes), "runners");
  const runners = named.runners ?? existingModule(folder, beside, path.extname(sandboxes));
  return { sandboxes, runners };
}

/** Whether a folder has declarations, or a package.json that names their files. */
export function hasDeclarations(folder: string): boolean {
  const { sandboxes } = namedFiles(folder);
  return sandboxes !== undefined || existsSync(path.join(folder, existingModule(folder, "sandboxes/index")));
}

/**
 * A folder's package.json. Undefined if there is none.
 * @throws ConfigurationError for anything but a JSON object
 */
export function readManifest(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = path.join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
    if (isMapping(content)) return content;
  } catch (error) {
    throw new ConfigurationError(`${file}: ${(error as Error).message.split("\n")[0]}; correct the file`);
  }
  throw new ConfigurationError(`${file}: is not a JSON object; correct the file`);
}

/** The settings of sandboxes without a stack that the key `nestbox` of package.json may have. */
const SETTINGS = ["profiles", "target", "kubernetes", "subnetPool", "privilegedImages"];

/** The settings in a folder's package.json, not validated. */
export function packageSettings(folder: string): Readonly<Record<string, unknown>> {
  const { nestbox: named } = readManifest(folder) ?? {};
  if (!isMapping(named)) return {};
  return Object.fromEntries(Object.entries(named).filter(([key]) => SETTINGS.includes(key)));
}

function namedFiles(folder: string): Partial<DeclarationFiles> {
  const { nestbox: named = {} } = readManifest(folder) ?? {};
  const place = `${path.join(folder, "package.json")}: nestbox`;
  if (!isMapping(named))
    throw new ConfigurationError(`${place} is not an object; write { "sandboxes": "sandboxes/index.ts" }`);
  const known = ["sandboxes", "runners", ...SETTINGS];
  const unknownKey = Object.keys(named).find((key) => !known.includes(key));
  if (unknownKey !== undefined)
    throw new ConfigurationError(`${place}.${unknownKey} is not a setting; use one of ${known.join(", ")}`);
  return { ...fileOf(named, "sandboxes", place), ...fileOf(named, "runners", place) };
}

function fileOf(
  named: Readonly<Record<string, unknown>>,
  key: keyof DeclarationFiles,
  place: string,
): Partial<DeclarationFiles> {
  const file = named[key];
  if (file === undefined) return {};
  if (typeof file === "string" && EXTENSIONS.includes(path.extname(file)) && !path.isAbsolute(file))
    return { [key]: path.posix.normalize(file) };
  throw new ConfigurationError(
    `${place}.${key} is ${JSON.stringify(file)}; ` +
      `use the path of a module from this folder (${EXTENSIONS.join(", ")})`,
  );
}

/** The module of a name without extension; with a new module's extension if there is none yet. */
function existingModule(folder: string, name: string, newExtension = ".ts"): string {
  const extension = EXTENSIONS.find((candidate) => existsSync(path.join(folder, name + candidate)));
  return name + (extension ?? newExtension);
}
