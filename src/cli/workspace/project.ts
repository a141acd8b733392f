import { existsSync } from "node:fs";
import path from "node:path";
import { runnerImages } from "../../gitlab/runner/runner-images.ts";
import type { Plan } from "../../model/plan.ts";
import { plan } from "../../model/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Sandbox } from "../../model/sandbox.ts";
import {
  SETTINGS_NAMESPACE,
  type StackSettings,
  selectSandboxes,
  settingsFrom,
} from "../../stacks/settings.ts";
import { branchStackFile, branchTemplate, stackFileName } from "./branch-stack.ts";
import { readSandboxes } from "./declared-list.ts";
import { isMapping, readYaml } from "./yaml-file.ts";

/** Where a command works: what the user said on the command line. */
export interface Place {
  /** The project's folder or one below it. */
  readonly project: string;
  readonly stack: string;
  /** The branch whose stack it is. Undefined for a stack that was named. */
  readonly branch?: string;
}

/** A project and one of its stacks, read and checked. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  readonly stack: string;
  readonly settings: StackSettings;
  /** The name of the file in which to change them: of a branch's stack the template. */
  readonly settingsFile: string;
  /** The names of the secrets that the stack's configuration holds a value for. */
  readonly configuredSecrets: readonly string[];
  /** The images that the stack's GitLab runner needs; none without a runner. */
  readonly runnerImages: readonly string[];
  /** The sandboxes that the project declares. */
  readonly declared: readonly Sandbox[];
  /** Those of them that the stack brings up. */
  readonly selected: readonly Sandbox[];
  /** The plans of these, for the stack's profiles. */
  readonly plans: readonly Plan[];
}

/**
 * Reads a project: its Pulumi.yaml, the stack's settings and the declared sandboxes.
 * @param parts whether to read the declarations; without them no sandbox is known, whatever the settings name
 * @throws ConfigurationError naming the file and what is wrong in it
 */
export async function openProject(
  { project, stack, branch }: Place,
  { declarations = true }: { readonly declarations?: boolean } = {},
): Promise<Project> {
  const folder = findProject(path.resolve(project));
  const { name, config: described } = readYaml(path.join(folder, "Pulumi.yaml"));
  if (typeof name !== "string")
    throw new ConfigurationError("Pulumi.yaml: name is missing; give the project a name");
  const ownFile = stackFileName(stack);
  const { config } =
    branch === undefined ? readYaml(path.join(folder, ownFile)) : branchStackFile(folder, stack, branch);
  const configuration = {
    ...ourSettings(projectDefaults(described, name), "Pulumi.yaml"),
    ...ourSettings(config, ownFile),
  };
  const file = branch === undefined ? ownFile : (branchTemplate(folder) ?? ownFile);
  const settings = settingsFrom(configuration, file);
  const configuredSecrets = secretNames(configuration.secrets, ownFile);
  const read = {
    ...{ folder, name, stack, settings, settingsFile: file, configuredSecrets },
    runnerImages: runnerImages(configuration.runner),
  };
  if (!declarations) return { ...read, declared: [], selected: [], plans: [] };
  const declared = await readSandboxes(folder);
  const selected = selectSandboxes(declared, settings.sandboxes, `${file}: ${SETTINGS_NAMESPACE}:sandboxes`);
  const plans = selected.map((sandbox) => plan(sandbox, { profiles: settings.profiles }));
  return { ...read, declared, selected, plans };
}

/** The folder of the nearest Pulumi.yaml, here or above. */
export function findProject(start: string): string {
  const folder = nearestProject(start);
  if (folder !== undefined) return folder;
  throw new ConfigurationError(
    `${start}: no Pulumi.yaml here or above; go to the project's folder, or name it with --project`,
  );
}

/** The same, or undefined where there is none. */
export function nearestProject(start: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Our settings out of a file's `config`, without their namespace. */
function ourSettings(config: unknown, file: string): Readonly<Record<string, unknown>> {
  if (config === undefined || config === null) return {};
  if (!isMapping(config)) throw new ConfigurationError(`${file}: config must hold settings, one a line`);
  const prefix = `${SETTINGS_NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/**
 * What Pulumi.yaml sets for all stacks. A key without a namespace is in the project's own, and a setting is
 * its value or described with `value` or `default`:
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
 */
function projectDefaults(described: unknown, project: string): unknown {
  if (!isMapping(described)) return described;
  return Object.fromEntries(
    Object.entries(described).flatMap(([key, setting]) => {
      const value = isMapping(setting) ? (setting.value ?? setting.default) : setting;
      return value === undefined ? [] : [[key.includes(":") ? key : `${project}:${key}`, value]];
    }),
  );
}

function secretNames(secrets: unknown, file: string): readonly string[] {
  if (secrets === undefined) return [];
  if (isMapping(secrets)) return Object.keys(secrets).filter((name) => name !== "secure");
  throw new ConfigurationError(
    `${file}: ${SETTINGS_NAMESPACE}:secrets is not a list of values by name; each must be set with: ` +
      `pulumi config set --secret --path '${SETTINGS_NAMESPACE}:secrets["name"]'`,
  );
}
