import { readFileSync } from "node:fs";
import { GitLabProvider, UserRunner, type UserRunnerArgs } from "nestbox/pulumi/gitlab";

/** What a test says about the runner. */
interface Said {
  readonly runner: UserRunnerArgs;
  readonly provider?: { readonly token: string; readonly baseUrl: string };
}

const { runner, provider } = JSON.parse(readFileSync("said.json", "utf8")) as Said;
const options = provider ? { provider: new GitLabProvider("gitlab", provider) } : {};
const made = new UserRunner("runner", runner, options);

export const id = made.id;
export const token = made.token;
