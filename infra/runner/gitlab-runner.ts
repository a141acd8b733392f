import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { requireRunners, runnerWarnings } from "../../sandboxes/model/check-runners.ts";
import { type Duration, milliseconds } from "../../sandboxes/model/duration.ts";
import { LABEL } from "../../sandboxes/model/labels.ts";
import type { Runner } from "../../sandboxes/model/runner.ts";
import { labelList } from "../docker/label-list.ts";
import { GitLabProvider } from "../gitlab/provider.ts";
import { UserRunner, type UserRunnerArgs } from "../gitlab/user-runner.ts";
import { configFile, tokenVariable, URL_VARIABLE } from "./config-file.ts";
import { writeFiles } from "./config-writer.ts";

/** Whose jobs runners take. */
export type RunnerScope =
  | { readonly project: pulumi.Input<number> }
  | { readonly group: pulumi.Input<number> }
  | "instance";

export interface GitLabRunnerArgs {
  readonly runners: readonly Runner[];
  readonly scope: RunnerScope;
  /** The address of GitLab: `https://gitlab.example.com`. */
  readonly gitlabUrl: pulumi.Input<string>;
  /** An access token with the scopes `create_runner` and `manage_runner`. @default GITLAB_TOKEN of the environment */
  readonly token?: pulumi.Input<string>;
  /** gitlab-runner 18.10 or newer. @default "gitlab/gitlab-runner:v19.3.0" */
  readonly image?: string;
  /** The engine on which jobs run, as its host sees the socket. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
  /** A port of the host's loopback with gitlab-runner's metrics. @default none */
  readonly metricsPort?: number;
  /** How long the end of the container waits for jobs that run. @default the longest job of its runners, else "1h" */
  readonly drain?: Duration;
}

/** Where gitlab-runner keeps its configuration, and who it is: `.runner_system_id`. */
const CONFIG_FOLDER = "/etc/gitlab-runner";
const METRICS_PORT = 9252;
/** GitLab's own limit for a job. */
const LONGEST_JOB: Duration = "1h";

/**
 * Runners in GitLab, and the container of gitlab-runner that serves them. Removing or replacing the container drains it: it takes no more jobs and
 * ends when those that run have ended.
 *
 * The container has the engine's socket, so whoever gets into it is root on the host. Jobs do not: their containers are unprivileged, have networks
 * of their own, and get neither socket nor tokens.
 *
 * @throws ConfigurationError before the first resource of its own, for runners that GitLab would not take
 */
export class GitLabRunner extends pulumi.ComponentResource {
  /** GitLab's numbers of the runners, by name. */
  readonly ids: pulumi.Output<Record<string, string>>;
  /** The name of the container. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: GitLabRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:GitLabRunner", name, {}, options);
    const { runners, gitlabUrl, token, metricsPort } = args;
    requireRunners(runners);
    for (const { path, message } of runnerWarnings(runners)) pulumi.log.warn(`${path}: ${message}`, this);
    const child = { parent: this };

    const baseUrl = pulumi.output(gitlabUrl).apply((url) => `${url.replace(/\/+$/, "")}/api/v4/`);
    const provider = new GitLabProvider(
      `${name}-gitlab`,
      { baseUrl, ...(token !== undefined && { token }) },
      child,
    );
    const config = writeConfig(name, args, child);
    const registered = runners.map((runner) => ({
      runner,
      // Last but the container: what cannot be made before leaves no runner in GitLab that nobody serves.
      inGitLab: new UserRunner(`${name}-${runner.name}`, registration(runner, args.scope), {
        ...child,
        provider,
        dependsOn: [...config.resources],
      }),
    }));
    const tokens = registered.map(
      ({ runner, inGitLab }) => pulumi.interpolate`${tokenVariable(runner.name)}=${inGitLab.token}`,
    );
    const container = createContainer(name, args, tokens, config, child);

    this.ids = pulumi.output(
      Object.fromEntries(registered.map(({ runner, inGitLab }) => [runner.name, inGitLab.id])),
    );
    this.container = pulumi.all([container.name, config.written]).apply(([name]) => name);
    this.registerOutputs({ ids: this.ids, container: this.container, metricsPort });
  }
}

function registration(runner: Runner, scope: RunnerScope): UserRunnerArgs {
  const { name, tags, runUntagged = false, protectedOnly = false, longestJob } = runner;
  return {
    ...owner(scope),
    description: name,
    tagLists: tags,
    untagged: runUntagged,
    accessLevel: protectedOnly ? "ref_protected" : "not_protected",
    ...(longestJob !== undefined && { maximumTimeout: seconds(longestJob) }),
  };
}

function owner(scope: RunnerScope): Pick<UserRunnerArgs, "runnerType" | "groupId" | "projectId"> {
  if (scope === "instance") return { runnerType: "instance_type" };
  if ("group" in scope) return { runnerType: "group_type", groupId: scope.group };
  return { runnerType: "project_type", projectId: scope.project };
}

/** What the container needs before it starts. */
interface RunnerConfig {
  readonly image: docker.RemoteImage;
  readonly network: docker.Network;
  readonly volume: docker.Volume;
  readonly resources: readonly pulumi.Resource[];
  readonly written: pulumi.Output<void>;
}

function writeConfig(
  name: string,
  { runners, metricsPort, image = "gitlab/gitlab-runner:v19.3.0" }: GitLabRunnerArgs,
  child: pulumi.CustomResourceOptions,
): RunnerConfig {
  const labels = runnerLabels("runner");
  const remoteImage = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, child);
  // On a network with jobs these could read the metrics.
  const network = new docker.Network(`${name}-network`, { labels, ...networkArgs(runners) }, child);
  const volume = new docker.Volume(`${name}-config`, { labels }, child);
  const process = metricsPort === undefined ? {} : { metricsAddress: `:${METRICS_PORT}` };
  const { container, written } = writeFiles(
    `${name}-config-writer`,
    {
      image: remoteImage.imageId,
      volume: volume.name,
      files: [{ name: "config.toml", content: configFile(runners, process) }],
      labels: runnerLabels("runner-config"),
    },
    child,
  );
  return { image: remoteImage, network, volume, resources: [container, network], written };
}

function createContainer(
  name: string,
  args: GitLabRunnerArgs,
  tokens: readonly pulumi.Input<string>[],
  { image, network, volume, resources }: RunnerConfig,
  child: pulumi.CustomResourceOptions,
): docker.Container {
  const { runners, gitlabUrl, metricsPort, dockerSocket = "/var/run/docker.sock" } = args;
  const drain = seconds(args.drain ?? longestOf(runners));
  return new docker.Container(
    name,
    {
      image: image.imageId,
      envs: [pulumi.interpolate`${URL_VARIABLE}=${gitlabUrl}`, ...tokens],
      networkMode: "bridge",
      networksAdvanced: [{ name: network.name }],
      mounts: [
        { type: "volume", source: volume.name, target: CONFIG_FOLDER },
        { type: "bind", source: dockerSocket, target: "/var/run/docker.sock" },
      ],
      ...(metricsPort !== undefined && {
        ports: [{ internal: METRICS_PORT, external: metricsPort, ip: "127.0.0.1" }],
      }),
      labels: runnerLabels("runner"),
      restart: "unless-stopped",
      // The image's own signal aborts jobs: https://docs.gitlab.com/runner/commands/#signals
      stopSignal: "SIGQUIT",
      destroyGraceSeconds: drain,
    },
    {
      ...child,
      dependsOn: [...resources],
      // Two with one identity would both answer for the same jobs.
      deleteBeforeReplace: true,
      customTimeouts: { delete: `${drain + 60}s` },
    },
  );
}

/** Without an owner: whoever cleans up after sandboxes shall not end a runner. */
function runnerLabels(kind: string) {
  return labelList({
    [LABEL.project]: pulumi.getProject(),
    [LABEL.stack]: pulumi.getStack(),
    [LABEL.kind]: kind,
  });
}

function networkArgs(runners: readonly Runner[]): docker.NetworkArgs {
  const mtus = runners.flatMap(({ mtu }) => mtu ?? []);
  if (mtus.length === 0) return {};
  return { options: { "com.docker.network.driver.mtu": String(Math.min(...mtus)) } };
}

function longestOf(runners: readonly Runner[]): Duration {
  const all = runners.map(({ longestJob = LONGEST_JOB }) => longestJob);
  return all.reduce((longest, one) => (milliseconds(one) > milliseconds(longest) ? one : longest), "1ms");
}

function seconds(duration: Duration): number {
  return Math.ceil(milliseconds(duration) / 1000);
}
