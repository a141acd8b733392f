import * as pulumi from "@pulumi/pulumi";
import type { RunnerNamespaces } from "../../gitlab/cluster-runner/runner-namespaces.ts";
import { type RunnerSettings, runnerSettingsFrom } from "../../gitlab/runner/runner-settings.ts";
import { placeNetworkFrom } from "../../machine/place-network-from.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { requireRunners, requireSomeRunner } from "../../model/runner/check-runners.ts";
import {
  type DockerRunner,
  type KubernetesRunner,
  type Runner,
  runsInCluster,
  runsOnEngine,
} from "../../model/runner/runner.ts";
import { explaining } from "../program-error.ts";

/** The outputs of a stack's runners. */
export interface RunnerOutputs {
  /** The IDs of the runners in GitLab, by name. */
  readonly ids: pulumi.Output<Readonly<Record<string, string>>>;
  /** The container that serves the runners on the Docker engine. Undefined without one. */
  readonly container?: pulumi.Output<string>;
  /** The address of the registry mirror. Undefined without one. */
  readonly registryMirror?: pulumi.Output<string> | undefined;
  /** The namespaces of the runners in a cluster, by name. Undefined without one. */
  readonly namespaces?: pulumi.Output<Readonly<Record<string, RunnerNamespaces>>>;
  /** The time from which an `up` replaces the tokens, in ISO 8601. Undefined without a lifetime. */
  readonly tokensReplacedAfter: string | undefined;
  /** The expiry of each runner's token, in ISO 8601, if the provider reports it. */
  readonly tokensEnd: pulumi.Output<Record<string, string>>;
}

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
  const runners = await readRunners();
  // Before the first resource: the components check only their own runners.
  explaining(() => requireSomeRunner(runners));
  explaining(() => requireRunners(runners));
  const { certificates } = placeNetworkFrom(process.env);
  const { token, ...secrets } = setting as Secrets;
  const args = {
    // The runners are in the same network, and need the same CA certificates.
    ...(certificates !== undefined && settings.gitlabUrl.startsWith("https:") && { certificates }),
    ...settings,
    ...(token !== undefined && { token: pulumi.secret(token) }),
  };
  const onEngine = runners.filter(runsOnEngine);
  const inCluster = runners.filter(runsInCluster);
  if (onEngine.length === 0) requireNoEngineSettings(settings, place);
  const engine = onEngine.length > 0 ? await createEngineRunners(onEngine, args, secrets) : undefined;
  const cluster = inCluster.length > 0 ? await createClusterRunners(inCluster, args, secrets) : undefined;
  const parts: readonly RunnerOutputs[] = [engine, cluster].filter((part) => part !== undefined);
  return {
    ...engine,
    ...cluster,
    ids: joined(parts.map(({ ids }) => ids)),
    tokensReplacedAfter: parts[0]?.tokensReplacedAfter,
    tokensEnd: joined(parts.map(({ tokensEnd }) => tokensEnd)),
  };
}

/** @throws ConfigurationError for a setting that only runners on a Docker engine have */
function requireNoEngineSettings(settings: RunnerSettings, place: string): void {
  const given = (["dockerSocket", "metricsPort", "mirror"] as const).find((key) => settings[key]);
  if (given === undefined) return;
  const remedy = given === "metricsPort" ? "remove it, and declare metricsFrom in a runner" : "remove it";
  throw new ConfigurationError(
    `${place}.${given}: belongs to the executor "docker", which no declared runner has; ${remedy}`,
  );
}

type SharedArgs = RunnerSettings & { readonly token?: pulumi.Output<string> };

/** The secrets in the setting. */
interface Secrets {
  readonly token?: string;
  readonly mirror?: false | { readonly password?: string };
  readonly cacheAccount?: { readonly accessKey: string; readonly secretKey: string };
}

/** Creates the container of the runners on the Docker engine, whose provider no other runner needs. */
async function createEngineRunners(
  runners: readonly DockerRunner[],
  { mirror, ...settings }: SharedArgs,
  secrets: Secrets,
): Promise<RunnerOutputs> {
  const [{ GitLabRunner }, { needsMirror }] = await Promise.all([
    import("./gitlab-runner.ts"),
    import("./mirror-container.ts"),
  ]);
  const { registryMirror: upstream, certificates } = placeNetworkFrom(process.env);
  const password = secrets.mirror ? secrets.mirror.password : undefined;
  const runner = new GitLabRunner("gitlab-runner", {
    ...settings,
    runners,
    mirror: needsMirror(runners, mirror) && {
      // The machine's own mirror: the registry itself may be unreachable.
      ...(upstream !== undefined && { upstream }),
      ...(certificates !== undefined && { certificates }),
      ...mirror,
      ...(password !== undefined && { password: pulumi.secret(password) }),
    },
  });
  const { ids, container, registryMirror, tokensReplacedAfter, tokensEnd } = runner;
  return { ids, container, registryMirror, tokensReplacedAfter, tokensEnd };
}

/** Creates a Deployment for each runner in the cluster. */
async function createClusterRunners(
  runners: readonly KubernetesRunner[],
  settings: SharedArgs,
  { cacheAccount }: Secrets,
): Promise<RunnerOutputs> {
  const { ClusterRunner } = await import("./cluster-runner.ts");
  const account = cacheAccount && {
    accessKey: pulumi.secret(cacheAccount.accessKey),
    secretKey: pulumi.secret(cacheAccount.secretKey),
  };
  const created = runners.map((runner) => {
    const args = { ...settings, runner, ...(account && { cacheAccount: account }) };
    return [runner.name, new ClusterRunner(`gitlab-runner-${runner.name}`, args)] as const;
  });
  return {
    ids: pulumi.output(Object.fromEntries(created.map(([name, { runnerId }]) => [name, runnerId]))),
    namespaces: pulumi.output(Object.fromEntries(created.map(([name, one]) => [name, one.namespaces]))),
    tokensReplacedAfter: created[0]?.[1].tokensReplacedAfter,
    tokensEnd: joined(created.map(([, { tokensEnd }]) => tokensEnd)),
  };
}

function joined<Value>(
  parts: readonly pulumi.Output<Readonly<Record<string, Value>>>[],
): pulumi.Output<Record<string, Value>> {
  const all: pulumi.Output<readonly object[]> = pulumi.all([...parts]);
  return all.apply((found) => Object.assign({}, ...found)) as pulumi.Output<Record<string, Value>>;
}

/** Pulumi passes structured settings to a program as JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
