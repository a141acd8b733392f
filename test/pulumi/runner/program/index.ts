import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import { GitLabRunner, type GitLabRunnerArgs } from "nestbox/pulumi/docker";

/** The runner's arguments from a test. */
const { runner, host } = JSON.parse(readFileSync("runner-args.json", "utf8")) as {
  readonly runner: GitLabRunnerArgs;
  /** The engine. @default the one of the docker command */
  readonly host?: string;
};
const made = new GitLabRunner("ci", runner, {
  ...(host !== undefined && { provider: new docker.Provider("elsewhere", { host }) }),
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
