import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type DeclarationFiles, declarationFiles, readManifest } from "../../project/declaration-files.ts";
import type { CodeStyle } from "./code-style.ts";
import { gitlabOfRemote } from "./gitlab-of-remote.ts";
import { readCodeStyle } from "./read-code-style.ts";

/** What `nestbox init` has to know about a folder. */
export interface FolderFacts {
  /** The folder's own name. */
  readonly folderName: string;
  /** The text of its package.json. Undefined if it has none. */
  readonly manifest?: string | undefined;
  /** The `type` of the nearest package.json, which decides what Node takes a .ts file for. */
  readonly moduleType?: string | undefined;
  /** The files of its declarations, present or not. */
  readonly declarations: DeclarationFiles;
  /** Whether the file of its sandboxes is present. */
  readonly isDeclared: boolean;
  /** Those of the wanted packages that modules in the folder can import. */
  readonly installed: readonly string[];
  /** The packages that a package.json here or above lists, or that it is. */
  readonly listed: readonly string[];
  /** The text of its .gitignore. Undefined if it has none. */
  readonly gitignore?: string | undefined;
  /** Those of UNCOMMITTED that git ignores already. */
  readonly ignored: readonly string[];
  /** The address of GitLab according to the remote `origin`. */
  readonly gitlabUrl?: string | undefined;
  /** How the repository formats TypeScript. @default as Prettier does */
  readonly style?: CodeStyle;
  /** The command that installs packages here: "npm install". */
  readonly installCommand: string;
}

/** What no project commits: npm's packages, and the state of stacks in a local folder. */
export const UNCOMMITTED = { packages: "node_modules/", state: ".nestbox/" } as const;

/** The lock files of package managers other than npm. */
const LOCK_FILES = { "pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun" } as const;

/**
 * Reads the facts. Changes nothing.
 * @param wanted the packages that a project may need
 * @throws ConfigurationError for a package.json that cannot be read
 */
export function readFolder(folder: string, wanted: readonly string[]): FolderFacts {
  const folders = withFoldersAbove(folder);
  const manifests = folders.map(readManifest).filter((manifest) => manifest !== undefined);
  const [nearest] = manifests;
  const declarations = declarationFiles(folder);
  const declared = statSync(path.join(folder, declarations.sandboxes), { throwIfNoEntry: false });
  const isInstalled = (name: string) =>
    nearest?.name === name || folders.some((each) => existsSync(path.join(each, "node_modules", name)));
  return {
    folderName: path.basename(folder),
    manifest: textOf(folder, "package.json"),
    moduleType: typeof nearest?.type === "string" ? nearest.type : undefined,
    declarations,
    isDeclared: declared?.isFile() ?? false,
    installed: wanted.filter(isInstalled),
    listed: manifests.flatMap(({ name, dependencies, devDependencies }) => [
      String(name),
      ...Object.keys(Object(dependencies)),
      ...Object.keys(Object(devDependencies)),
    ]),
    gitignore: textOf(folder, ".gitignore"),
    ignored: Object.values(UNCOMMITTED).filter(
      (each) => git(folder, "check-ignore", "--no-index", "--", each) !== undefined,
    ),
    gitlabUrl: gitlabOfRemote(git(folder, "remote", "get-url", "origin") ?? ""),
    style: readCodeStyle(folder, declarations.sandboxes),
    installCommand: `${packageManager(folders)} install`,
  };
}

function withFoldersAbove(folder: string): readonly string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...withFoldersAbove(above)];
}

function packageManager(folders: readonly string[]): string {
  const found = folders.flatMap((folder) =>
    Object.entries(LOCK_FILES).filter(([file]) => existsSync(path.join(folder, file))),
  )[0];
  return found?.[1] ?? "npm";
}

function textOf(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** The output of git. Undefined if it fails, without git, and outside a checkout. */
function git(folder: string, ...words: readonly string[]): string | undefined {
  try {
    const output = execFileSync("git", words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return output.toString().trimEnd();
  } catch {
    return undefined;
  }
}
