import { readFileSync } from "node:fs";
import { GitLabRunner, type GitLabRunnerArgs } from "nestbox/pulumi/docker";

/** The runner's arguments from a test. */
const { runner } = JSON.parse(readFileSync("runner-args.json", "utf8")) as {
  readonly runner: GitLabRunnerArgs;
};
const made = new GitLabRunner("ci", runner, {
  transforms: [
    async ({ type, props, opts }) =>
      type === "docker:index/container:Container" ? { props: { ...props, cpuShares: 512 }, opts } : undefined,
  ],
});

export const ids = made.ids;
export const container = made.container;
export const registryMirror = made.registryMirror;
export const tokensReplacedAfter = made.tokensReplacedAfter;
export const tokensEnd = made.tokensEnd;
