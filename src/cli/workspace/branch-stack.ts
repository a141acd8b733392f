import { existsSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { writeWhole } from "../../machine/whole-file.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { excludeFromGit } from "./git-exclude.ts";
import { readYaml } from "./yaml-file.ts";

/** How long a branch's sandboxes live after their last use when the template says nothing. */
const TIME_TO_LIVE = "1d";

/** The templates of a branch's settings, the one that counts first. */
const TEMPLATES = ["Pulumi.branch.yaml", "Pulumi.dev.yaml"];

/** The settings file of a branch's stack, as an object. */
export type StackFile = Readonly<Record<string, unknown>>;

/**
 * The settings file of a branch's stack: the template's settings, with what the stack's own file holds of its
 * own: the salt of its passphrase, its secrets, and what belongs to others. The template's secrets stay
 * behind, since they are encrypted for the template's stack.
 * @throws ConfigurationError for a file that is not YAML
 */
export function branchStackFile(folder: string, stack: string, branch: string): StackFile {
  const template = branchTemplate(folder);
  const own = readYaml(path.join(folder, stackFileName(stack)));
  const isInherited = (key: string) => isSetting(key) && key !== SECRETS;
  const offered = template === undefined ? {} : readYaml(path.join(folder, template));
  const inherited = entriesOf(offered).filter(([key]) => isInherited(key));
  const kept = entriesOf(own).filter(([key]) => !isInherited(key));
  return {
    ...own,
    config: {
      [`${SETTINGS_NAMESPACE}:timeToLive`]: TIME_TO_LIVE,
      ...Object.fromEntries(inherited),
      ...Object.fromEntries(kept),
      [`${SETTINGS_NAMESPACE}:branch`]: branch,
    },
  };
}

/** The file that a branch's settings come from, if there is one. */
export function branchTemplate(folder: string): string | undefined {
  return TEMPLATES.find((file) => existsSync(path.join(folder, file)));
}

/**
 * Writes the settings file of a branch's stack, so that the Pulumi CLI finds what we have found, and git does
 * not offer it.
 */
export function writeBranchStackFile(folder: string, stack: string, branch: string): void {
  const content = stringify(branchStackFile(folder, stack, branch));
  // The salt of the stack's passphrase and its own secrets are nowhere else.
  writeWhole(
    path.join(folder, stackFileName(stack)),
    `# Made for a branch by nestbox up. Not for git.\n${content}`,
  );
  excludeFromGit(folder, stackFileName(stack));
}

/** Pulumi's name for the file that holds a stack's settings. */
export function stackFileName(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

const SECRETS = `${SETTINGS_NAMESPACE}:secrets`;

function isSetting(key: string): boolean {
  return key.startsWith(`${SETTINGS_NAMESPACE}:`);
}

function entriesOf({ config }: StackFile): readonly (readonly [string, unknown])[] {
  return typeof config === "object" && config !== null ? Object.entries(config) : [];
}
