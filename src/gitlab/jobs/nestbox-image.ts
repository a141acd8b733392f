import { shellWord } from "../../model/shell.ts";

/**
 * The variable with the name of the image from container/Dockerfile. A CI/CD variable of the project
 * overrides the job's.
 */
const IMAGE = "NESTBOX_IMAGE";
const DEFAULT_IMAGE = "$CI_REGISTRY_IMAGE/nestbox";

/** The entries of a job whose script is the command `nestbox`. */
export const IN_NESTBOX_IMAGE = { image: `$${IMAGE}`, variables: { [IMAGE]: DEFAULT_IMAGE } } as const;

/**
 * Commands that enter the project: the image's command finds a checkout in the current folder alone.
 * @param folder the project's folder in its repository, with a slash at its end. Empty for the root
 */
export function enterProject(folder: string): readonly string[] {
  return folder === "" ? [] : [`cd ${shellWord(folder)}`];
}
