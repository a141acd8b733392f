import { readFileSync } from "node:fs";
import { GitLabProvider, UserRunner, type UserRunnerArgs } from "nestbox/pulumi/gitlab";

/** The inputs of the runner and the provider, by the test. */
interface Inputs {
  readonly runner: UserRunnerArgs;
  readonly provider?: { readonly token: string; readonly baseUrl: string };
}

const { runner, provider } = JSON.parse(readFileSync("inputs.json", "utf8")) as Inputs;
const options = provider ? { provider: new GitLabProvider("gitlab", provider) } : {};
const made = new UserRunner("runner", runner, options);

export const id = made.id;
export const token = made.token;
