import type { CatalogEntry } from "../../catalog/index.ts";
import { nameProblem, refSlug } from "../../model/names.ts";
import type { DeclarationFiles } from "../../project/declaration-files.ts";
import { DEFAULT_TARGET } from "../../stacks/stack-settings.ts";
import { agentFiles } from "./agent-files.ts";
import { branchImageFiles } from "./branch-image.ts";
import { DEFAULT_STYLE, styled } from "./code-style.ts";
import { type FolderFacts, UNCOMMITTED } from "./folder-facts.ts";
import { extendedManifest, newManifest } from "./package-json.ts";
import { RUNNERS_FILE } from "./runners-file.ts";
import { sandboxFile } from "./sandbox-file.ts";
import { branchSettings, type NewFile, PROGRAM_PACKAGE, runnerSettings, stackFiles } from "./stack-files.ts";

/** What `nestbox init` was asked for. */
export interface InitRequest {
  readonly services: readonly CatalogEntry[];
  /** The module with the list of sandboxes. @default one that declares the services */
  readonly declarations?: string;
  /** Where the sandboxes are. */
  readonly target: "docker" | "kubernetes";
  /** A Pulumi program with a stack, and with `gitlab` a stack for each branch. */
  readonly stack: boolean;
  /** A runner that the program registers and runs. Implies `stack`. */
  readonly runner: boolean;
  /** GitLab CI jobs. */
  readonly gitlab: boolean;
  /** What agents read: instructions, a skill and a hook. @default false */
  readonly agents?: boolean;
}

/** The name of a project and of its sandbox: that of the package, else of the folder, as a legal name. */
export function projectName({ manifest, folderName }: Pick<FolderFacts, "manifest" | "folderName">): string {
  const packageName: unknown = manifest && JSON.parse(manifest.replace(/^\uFEFF/, "")).name;
  const raw = typeof packageName === "string" ? packageName.replace(/^@[^/]*\//, "") : folderName;
  const slug = refSlug(raw)
    .replace(/^[0-9-]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return nameProblem(slug) === undefined && slug !== "branch" ? slug : "app";
}

/** The packages that a project needs for what was asked for. */
export function neededPackages(
  { stack, runner, target }: InitRequest,
  versions: Readonly<Record<string, string>>,
): readonly string[] {
  // A runner is a container, wherever the sandboxes are.
  const providers = [target, ...(runner ? ["docker"] : [])].map((name) => `@pulumi/${name}`);
  const ofPulumi = stack ? ["@pulumi/pulumi", ...providers] : [];
  return Object.keys(versions).filter((name) => !name.startsWith("@pulumi/") || ofPulumi.includes(name));
}

/**
 * The files of the declarations, present or new. New ones are .mts files if Node would take .ts files for
 * CommonJS modules.
 */
export function modulesOf({ declarations, isDeclared, moduleType }: FolderFacts): DeclarationFiles {
  const { sandboxes, runners } = declarations;
  const isNamed = sandboxes !== "sandboxes/index.ts";
  if (moduleType === "module" || isDeclared || isNamed) return declarations;
  return { sandboxes: "sandboxes/index.mts", runners: runners.replace(/\.ts$/, ".mts") };
}

/**
 * The files that a folder has after `nestbox init`, also those that are there already.
 * @param versions the ranges of the packages that a project needs
 * @param sandboxes the names of the sandboxes that the project declares afterwards
 */
export function newFiles(
  facts: FolderFacts,
  request: InitRequest,
  versions: Readonly<Record<string, string>>,
  sandboxes: readonly string[],
): readonly NewFile[] {
  const { stack, runner, gitlab, agents = false, services, declarations, target } = request;
  const name = projectName(facts);
  const perBranch = stack && gitlab;
  const { sandboxes: file, runners } = modulesOf(facts);
  const files: readonly NewFile[] = [
    { path: file, content: declarations ?? sandboxFile({ name, services, perBranch }) },
    ...(runner ? [{ path: runners, content: RUNNERS_FILE }] : []),
    ...(stack
      ? stackFiles(name, { sandboxes, target }, { sandboxes: file, ...(runner && { runners }) })
      : []),
    ...(stack && facts.moduleType !== "module" ? [PROGRAM_PACKAGE] : []),
    ...(runner ? [runnerSettings(facts.gitlabUrl ?? "https://gitlab.example.com", runners)] : []),
    ...(perBranch ? [branchSettings({ sandboxes, target }), ...branchImageFiles()] : []),
    ...(agents ? agentFiles(sandboxes[0] ?? name) : []),
    { path: "package.json", content: manifestFile(facts, request, versions, sandboxes[0] ?? name) },
    { path: ".gitignore", content: gitignoreFile(facts, stack) },
  ];
  return files.map(({ path, content }) => {
    const isCode = /\.m?[jt]s$/.test(path);
    return { path, content: isCode ? styled(content, facts.style ?? DEFAULT_STYLE) : content };
  });
}

function manifestFile(
  { manifest, moduleType, listed }: FolderFacts,
  request: InitRequest,
  versions: Readonly<Record<string, string>>,
  sandbox: string,
): string {
  const missing = neededPackages(request, versions).filter((name) => !listed.includes(name));
  const additions = {
    scripts: { "sandbox:run": `nestbox run ${sandbox}`, "sandbox:emit": "nestbox emit" },
    devDependencies: Object.fromEntries(missing.map((name) => [name, versions[name] ?? "*"])),
    // The settings of a project without stacks.
    ...(!request.stack && request.target !== DEFAULT_TARGET && { nestbox: { target: request.target } }),
  };
  return manifest === undefined ? newManifest(additions, moduleType) : extendedManifest(manifest, additions);
}

function gitignoreFile({ gitignore = "", ignored }: FolderFacts, stack: boolean): string {
  const wanted = [UNCOMMITTED.packages, ...(stack ? [UNCOMMITTED.state] : [])];
  const present = gitignore.split(/\r?\n/);
  const lines = wanted.filter((each) => !ignored.includes(each) && !present.includes(each));
  const end = gitignore === "" || gitignore.endsWith("\n") ? "" : "\n";
  return lines.length === 0 ? gitignore : `${gitignore}${end}${lines.join("\n")}\n`;
}
