import * as pulumi from "@pulumi/pulumi";
import { type MirrorSettings, runnerSettingsFrom } from "../../gitlab/runner/runner-settings.ts";
import type { Runner } from "../../model/runner.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { GitLabRunner } from "./gitlab-runner.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { needsMirror } from "./registry-mirror.ts";

/** What a stack exports of its runners. */
export type RunnerOutputs = Pick<
  GitLabRunner,
  "ids" | "container" | "registryMirror" | "tokensReplacedAfter" | "tokensEnd"
>;

/**
 * The runners of a stack, by its configuration.
 * @param text the setting `nestbox:runner`, as Pulumi hands it to a program
 * @param place how errors name the setting
 * @throws ConfigurationError for what must be changed in it or in the declared runners
 */
export async function createRunner(
  text: string,
  place: string,
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs> {
  const said = parsed(text);
  const settings = runnerSettingsFrom(said, place);
  const { token, mirror } = said as Secrets;
  const runners = await readRunners();
  const { certificates } = placeNetworkFrom(process.env);
  const made = new GitLabRunner("gitlab-runner", {
    // What this machine's network needs on the way to GitLab, the runner's does too.
    ...(certificates !== undefined && settings.gitlabUrl.startsWith("https:") && { certificates }),
    ...settings,
    runners,
    ...(token !== undefined && { token: pulumi.secret(token) }),
    ...mirrorArgs(runners, settings.mirror, mirror ? mirror.password : undefined),
  });
  const { ids, container, registryMirror, tokensReplacedAfter, tokensEnd } = made;
  return { ids, container, registryMirror, tokensReplacedAfter, tokensEnd };
}

/** What of the settings is secret. */
interface Secrets {
  readonly token?: string;
  readonly mirror?: false | { readonly password?: string };
}

/**
 * On a machine whose Docker daemons have a mirror already, ours pulls through that one: there may be no other
 * way out.
 */
function mirrorArgs(
  runners: readonly Runner[],
  said: MirrorSettings | false | undefined,
  password: string | undefined,
): Pick<GitLabRunnerArgs, "mirror"> {
  if (!needsMirror(runners, said)) return { mirror: false };
  const { registryMirror: upstream, certificates } = placeNetworkFrom(process.env);
  return {
    mirror: {
      ...(upstream !== undefined && { upstream }),
      ...(certificates !== undefined && { certificates }),
      ...said,
      ...(password !== undefined && { password: pulumi.secret(password) }),
    },
  };
}

/** Pulumi hands settings with parts to a program as JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
