import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
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
  const named = packageKeys(folder);
  const sandboxes = path.posix.normalize(named.sandboxes ?? existingModule(folder, "sandboxes/index"));
  const beside = path.posix.join(path.posix.dirname(sandboxes), "runners");
  const runners = named.runners ?? existingModule(folder, beside, path.extname(sandboxes));
  return { sandboxes, runners: path.posix.normalize(runners) };
}

/** Whether a folder has declarations, or a package.json that names their files. */
export function hasDeclarations(folder: string): boolean {
  const { sandboxes } = packageKeys(folder);
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
const SETTINGS = ["profiles", "target", "kubernetes", "subnetPool", "privilegedImages", "timeToLive"];

/** The settings in a folder's package.json; their values are not validated. */
export function packageSettings(folder: string): Readonly<Record<string, unknown>> {
  const { sandboxes: _, runners: __, ...settings } = packageKeys(folder);
  return settings;
}

/** What the key `nestbox` of a folder's package.json has. */
function packageKeys(folder: string): Partial<DeclarationFiles> & Readonly<Record<string, unknown>> {
  const { nestbox: named = {} } = readManifest(folder) ?? {};
  const place = `${path.join(folder, "package.json")}: nestbox`;
  if (!isMapping(named))
    throw new ConfigurationError(`${place} is not an object; write { "sandboxes": "sandboxes/index.ts" }`);
  const known = ["sandboxes", "runners", ...SETTINGS];
  const unknownKey = Object.keys(named).find((key) => !known.includes(key));
  if (unknownKey !== undefined)
    throw new ConfigurationError(`${place}.${unknownKey} is not a setting; use one of ${known.join(", ")}`);
  const isModule = (file: unknown) =>
    typeof file === "string" && EXTENSIONS.includes(path.extname(file)) && !path.isAbsolute(file);
  const wrongKey = ["sandboxes", "runners"].find((key) => key in named && !isModule(named[key]));
  if (wrongKey === undefined) return named;
  throw new ConfigurationError(
    `${place}.${wrongKey} is ${JSON.stringify(named[wrongKey])}; ` +
      `use the path of a module from this folder (${EXTENSIONS.join(", ")})`,
  );
}

/** The module of a name without extension; with a new module's extension if there is none yet. */
function existingModule(folder: string, name: string, newExtension = ".ts"): string {
  const extension = EXTENSIONS.find((candidate) => existsSync(path.join(folder, name + candidate)));
  return name + (extension ?? newExtension);
}
