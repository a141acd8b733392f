import * as pulumi from "@pulumi/pulumi";
import { type MirrorSettings, runnerSettingsFrom } from "../../gitlab/runner/runner-settings.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { GitLabRunner } from "./gitlab-runner.ts";
import { needsMirror, type RunnerMirrorArgs } from "./mirror-container.ts";

/** The outputs of a stack's runners. */
export type RunnerOutputs = Pick<
  GitLabRunner,
  "ids" | "container" | "registryMirror" | "tokensReplacedAfter" | "tokensEnd"
>;

/**
 * Creates the runners of a stack from its configuration.
 * @param text the setting `nestbox:runner`, as JSON
 * @param place the start of error messages
 * @throws ConfigurationError for an invalid setting or declared runner
 */
export async function createConfiguredRunner(
  text: string,
  place: string,
  readRunners: () => Promise<readonly Runner[]>,
): Promise<RunnerOutputs> {
  const setting = parsed(text);
  const settings = runnerSettingsFrom(setting, place);
  const { token, mirror } = setting as Secrets;
  const runners = await readRunners();
  const { certificates } = placeNetworkFrom(process.env);
  const runner = new GitLabRunner("gitlab-runner", {
    // The runner is in the same network, and needs the same CA certificates.
    ...(certificates !== undefined && settings.gitlabUrl.startsWith("https:") && { certificates }),
    ...settings,
    runners,
    ...(token !== undefined && { token: pulumi.secret(token) }),
    mirror: mirrorArgs(runners, settings.mirror, mirror ? mirror.password : undefined),
  });
  const { ids, container, registryMirror, tokensReplacedAfter, tokensEnd } = runner;
  return { ids, container, registryMirror, tokensReplacedAfter, tokensEnd };
}

/** The secrets in the setting. */
interface Secrets {
  readonly token?: string;
  readonly mirror?: false | { readonly password?: string };
}

/**
 * The arguments of the registry mirror. Its default upstream is the machine's own mirror, if any: the
 * registry itself may be unreachable.
 */
function mirrorArgs(
  runners: readonly Runner[],
  settings: MirrorSettings | false | undefined,
  password: string | undefined,
): RunnerMirrorArgs | false {
  if (!needsMirror(runners, settings)) return false;
  const { registryMirror: upstream, certificates } = placeNetworkFrom(process.env);
  return {
    ...(upstream !== undefined && { upstream }),
    ...(certificates !== undefined && { certificates }),
    ...settings,
    ...(password !== undefined && { password: pulumi.secret(password) }),
  };
}

/** Pulumi passes structured settings to a program as JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
