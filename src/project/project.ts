import { existsSync } from "node:fs";
import path from "node:path";
import { runnerImages } from "../gitlab/runner/runner-images.ts";
import { requireValid, sandboxProblems } from "../model/declaration/invalid-sandbox.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { Plan } from "../model/plan/plan.ts";
import { plan } from "../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";
import {
  SETTINGS_NAMESPACE,
  type StackSettings,
  selectSandboxes,
  settingsFrom,
} from "../stacks/stack-settings.ts";
import { branchStackFile, branchTemplate, STACK_NAME, stackFileName } from "./branch-stack.ts";
import { declarationFiles, hasDeclarations, packageSettings } from "./declaration-files.ts";
import { readSandboxes } from "./declared-list.ts";
import { isMapping, readYaml } from "./yaml-file.ts";

/** The project and stack that a command works on, from the command line. */
export interface StackChoice {
  /** The project's folder or a folder below it. */
  readonly project: string;
  readonly stack: string;
  /** The branch that the stack belongs to. Undefined for a stack chosen by name. */
  readonly branch?: string | undefined;
}

/** The default time to live of sandboxes without a stack: a working day. */
const KEPT_FOR = "8h";

/** A project and one of its stacks, validated. */
export interface Project {
  readonly folder: string;
  /** The name in Pulumi.yaml, else the folder's. */
  readonly name: string;
  /** Whether it has a Pulumi.yaml. Without one it has no stacks. */
  readonly hasStacks: boolean;
  readonly stack: string;
  readonly settings: StackSettings;
  /** The file that the settings come from; the template for a branch's stack. */
  readonly settingsFile: string;
  /** The names of the secrets with a value in the stack's configuration. */
  readonly configuredSecrets: readonly string[];
  /** The images of the stack's GitLab runner. Empty without a runner. */
  readonly runnerImages: readonly string[];
  /** The Pulumi providers of the stack's runner, beside that of its sandboxes and its clean-up. */
  readonly providers: readonly string[];
  /** The file of the sandboxes, from the folder: sandboxes/index.ts, unless package.json names another. */
  readonly declaredIn: string;
  /** The declared sandboxes of the project. */
  readonly declared: readonly Sandbox[];
  /** The sandboxes that the stack brings up; all of a project without stacks. */
  readonly selected: readonly Sandbox[];
  /** The plans of these, for the stack's profiles. Without those that are invalid and not to be used. */
  readonly plans: readonly Plan[];
}

/**
 * Reads a project: its declared sandboxes, and if it has stacks, Pulumi.yaml and the stack's settings.
 * Without stacks, the settings come from the key `nestbox` of package.json.
 * @throws ConfigurationError naming the file with the error
 */
export async function openProject(choice: StackChoice, reading: ProjectReading = {}): Promise<Project> {
  return projectIn(findProject(path.resolve(choice.project)), choice, reading);
}

/** What is read of a project. */
interface ProjectReading {
  /** Whether to read the declarations; otherwise the project has no sandboxes. @default true */
  readonly declarations?: boolean;
  /**
   * The names of the sandboxes that the command uses. Others may be invalid.
   * @default the selected ones, also for an empty list
   */
  readonly sandboxes?: readonly string[] | undefined;
}

/** As {@link openProject}, for a folder that may have none: then its settings are the defaults. */
export async function projectIn(
  folder: string,
  { stack, branch }: Omit<StackChoice, "project">,
  { declarations = true, sandboxes: used = [] }: ProjectReading = {},
): Promise<Project> {
  const hasStacks = hasPulumiProject(folder);
  if (branch !== undefined && !hasStacks)
    throw new ConfigurationError(
      "--branch: stacks need a Pulumi.yaml; leave it out, or create one with npx nestbox init --stack",
    );
  const pulumiProject = readYaml(path.join(folder, "Pulumi.yaml"));
  const name = hasStacks ? pulumiProject.name : path.basename(folder);
  if (typeof name !== "string")
    throw new ConfigurationError("Pulumi.yaml: name is missing; give the project a name");
  if (!STACK_NAME.test(stack))
    throw new ConfigurationError(
      `stack "${stack}": is no name of a stack; use at most 100 letters, digits, "_", "." and "-"`,
    );
  const ownFile = stackFileName(stack);
  const { config } =
    branch === undefined ? readYaml(path.join(folder, ownFile)) : branchStackFile(folder, stack, branch);
  const configuration = {
    ...nestboxSettings(projectDefaults(pulumiProject.config, name), "Pulumi.yaml"),
    ...nestboxSettings(config, ownFile),
  };
  const file = branch === undefined ? ownFile : (branchTemplate(folder) ?? ownFile);
  const settings = hasStacks
    ? settingsFrom(configuration, file)
    : settingsFrom({ timeToLive: KEPT_FOR, ...packageSettings(folder) }, "package.json");
  const read = {
    ...{ folder, name, hasStacks, stack, settings, settingsFile: file },
    configuredSecrets: secretNames(configuration.secrets, ownFile),
    runnerImages: runnerImages(configuration.runner),
    providers: providersOf(configuration),
    declaredIn: declarationFiles(folder).sandboxes,
  };
  if (!declarations) return { ...read, declared: [], selected: [], plans: [] };
  const declared = await readSandboxes(folder);
  const place = `${file}: ${SETTINGS_NAMESPACE}:sandboxes`;
  const selected = hasStacks
    ? selectSandboxes(declared, settings.sandboxes, place, read.declaredIn)
    : declared;
  requireValid(used.length === 0 ? selected : declared.filter((sandbox) => used.includes(sandbox.name)));
  const valid = selected.filter((sandbox) => sandboxProblems(sandbox).length === 0);
  const plans = valid.map((sandbox) => plan(sandbox, { profiles: settings.profiles }));
  return { ...read, declared, selected, plans };
}

/**
 * The folder of the nearest project, at a folder or above it: one with declarations or a Pulumi.yaml.
 * @throws ConfigurationError if there is none
 */
export function findProject(start: string): string {
  const folder = nearestProject(start);
  if (folder !== undefined) return folder;
  throw new ConfigurationError(
    `${start}: no sandboxes/index.ts and no Pulumi.yaml here or above; ` +
      "create them with npx nestbox init, or name the project's folder with --project",
  );
}

/** The folder of the nearest project, at a folder or above it. Undefined if there is none. */
export function nearestProject(start: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (hasPulumiProject(folder) || hasDeclarations(folder)) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Whether a folder has a Pulumi.yaml, which stacks need. */
export function hasPulumiProject(folder: string): boolean {
  return existsSync(path.join(folder, "Pulumi.yaml"));
}

/** The settings of this package in a file's `config`, without their namespace. */
function nestboxSettings(config: unknown, file: string): Readonly<Record<string, unknown>> {
  if (config === undefined || config === null) return {};
  if (!isMapping(config))
    throw new ConfigurationError(`${file}: config is not a mapping; write "name: value", one a line`);
  const prefix = `${SETTINGS_NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/**
 * The settings of Pulumi.yaml for all stacks. A key without a namespace belongs to the project's namespace. A
 * setting is a plain value or an object with `value` or `default`:
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
 */
function projectDefaults(config: unknown, project: string): unknown {
  if (!isMapping(config)) return config;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, setting]) => {
      const value = isMapping(setting) ? (setting.value ?? setting.default) : setting;
      return value === undefined ? [] : [[key.includes(":") ? key : `${project}:${key}`, value]];
    }),
  );
}

/** Runners and the clean-up are containers of an engine, wherever the sandboxes are. */
function providersOf({ runner }: Readonly<Record<string, unknown>>): readonly string[] {
  return isMapping(runner) && Object.keys(runner).length > 0 ? ["docker", "gitlab"] : [];
}

function secretNames(secrets: unknown, file: string): readonly string[] {
  if (secrets === undefined) return [];
  if (isMapping(secrets)) return Object.keys(secrets).filter((name) => name !== "secure");
  throw new ConfigurationError(
    `${file}: ${SETTINGS_NAMESPACE}:secrets is not a mapping of names to values; set each secret with: ` +
      `pulumi config set --secret --path '${SETTINGS_NAMESPACE}:secrets["name"]'`,
  );
}
