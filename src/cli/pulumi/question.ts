import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ConfigurationError } from "../../model/problem.ts";
import type { Environment } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { explainError } from "./errors.ts";

/** Bytes of the longest answer: a state with thousands of resources. */
const LONGEST = 2 ** 28;

/** What a question to the Pulumi CLI takes of a workspace. */
export type Asker = Pick<Workspace, "pulumi" | "environment"> & {
  readonly project: { readonly folder: string };
};

/** The Pulumi CLI has refused a question. The message is in its own words. */
export class PulumiRefused extends Error {
  override readonly name = "PulumiRefused";
}

/**
 * Asks the Pulumi CLI something that is no operation, and gives its answer.
 * @throws ConfigurationError for what the user has to change, and PulumiRefused for everything else
 */
export async function askPulumi(
  { pulumi, project, environment }: Asker,
  words: readonly string[],
): Promise<string> {
  const env: Environment = { ...process.env, ...environment };
  const options = { cwd: project.folder, env, maxBuffer: LONGEST };
  try {
    return (await promisify(execFile)(pulumi, [...words, "--non-interactive"], options)).stdout;
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    const explained = explainError(complaintOf(stderr) || message, env);
    throw explained.isConfiguration
      ? new ConfigurationError(explained.message)
      : new PulumiRefused(explained.message);
  }
}

/** What Pulumi said on its way out. That it takes plugins from the PATH is as the set-up wants it. */
export function complaintOf(text: string): string {
  const lines = text.split("\n").filter((line) => !/^warning: using pulumi-\S+ from \$PATH/.test(line));
  return lines
    .join("\n")
    .replace(/^error: /gm, "")
    .trim();
}
