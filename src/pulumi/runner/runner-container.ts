import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../docker/client.ts";
import { configFile, URL_VARIABLE } from "../../gitlab/runner/config-file.ts";
import { RUNNER_IMAGE } from "../../gitlab/runner/runner-images.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import type { Runner } from "../../model/runner.ts";
import { explain } from "../program-error.ts";
import { VOLUME, writeFiles } from "./config-writer.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { daemonConfig } from "./registry-mirror.ts";
import { runnerLabels } from "./runner-labels.ts";
import { contentDigest, timesWrittenAgain, WRITTEN_FOR, writtenFor } from "./written-config.ts";

/** What a container of gitlab-runner needs before it starts. */
export interface RunnerParts {
  readonly image: docker.RemoteImage;
  readonly network: docker.Network;
  /** Its configuration, and `.runner_system_id`: who it is. */
  readonly volume: docker.Volume;
  /**
   * What must be there before it starts, and before runners are registered: its configuration counts once it
   * is written.
   */
  readonly before: readonly pulumi.Input<pulumi.Resource>[];
  /** Fails when its configuration could not be written. */
  readonly written: pulumi.Output<docker.Container>;
}

/** Where gitlab-runner keeps its configuration. */
const CONFIG_FOLDER = "/etc/gitlab-runner";
const METRICS_PORT = 9252;
/** GitLab's own limit for a job. */
const LONGEST_JOB: Duration = "1h";
/** What Docker daemons in jobs find as their daemon.json, on the volume. */
const DAEMON_CONFIG = "docker-daemon.json";
const CONFIG_FILE = "config.toml";
const AUTHORITIES = "gitlab-authorities.pem";

/**
 * Makes all that the container needs, its configuration among it.
 * @param authorities the certificates of GitLab's authorities
 * @param runners as the configuration is to have them
 * @param mirrorUrl the registry mirror beside the runners, if there is one
 */
export function createParts(
  name: string,
  { metricsPort, image = RUNNER_IMAGE }: GitLabRunnerArgs,
  authorities: string | undefined,
  runners: pulumi.Output<readonly Runner[]>,
  mirrorUrl: pulumi.Output<string> | undefined,
  child: pulumi.CustomResourceOptions,
): RunnerParts {
  const labels = runnerLabels("runner");
  const remoteImage = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, child);
  // On a network with jobs these could read the metrics.
  const network = new docker.Network(
    `${name}-network`,
    { labels, options: runners.apply(networkOptions) },
    child,
  );
  const volume = new docker.Volume(`${name}-config`, { labels }, child);
  const config = pulumi.all([runners, volume.mountpoint]).apply(([declared, mountpoint]) =>
    configFile(declared, {
      ...(metricsPort !== undefined && { metricsAddress: `:${METRICS_PORT}` }),
      ...(mirrorUrl !== undefined && { daemonConfig: `${mountpoint}/${DAEMON_CONFIG}` }),
      ...(authorities !== undefined && { gitlabAuthorities: `${CONFIG_FOLDER}/${AUTHORITIES}` }),
    }),
  );
  const whose = writtenFor(name);
  const attempt = timesWrittenAgain(engineHost(), whose, `${VOLUME}/${CONFIG_FILE}`).catch(explain);
  const written = writeFiles(
    `${name}-config-writer`,
    {
      image: remoteImage.imageId,
      volume: volume.name,
      files: [
        ...(mirrorUrl === undefined ? [] : [{ name: DAEMON_CONFIG, content: mirrorUrl.apply(daemonConfig) }]),
        ...(authorities === undefined ? [] : [{ name: AUTHORITIES, content: authorities }]),
        { name: CONFIG_FILE, content: config },
      ],
      attempt,
      labels: [
        ...runnerLabels("runner-config"),
        { label: WRITTEN_FOR, value: whose },
        { label: LABEL.plan, value: config.apply(contentDigest) },
      ],
    },
    child,
  );
  return { image: remoteImage, network, volume, before: [written, network], written };
}

/** The container of gitlab-runner. It is drained before it goes. */
export function createContainer(
  name: string,
  args: GitLabRunnerArgs,
  tokens: readonly pulumi.Input<string>[],
  { image, network, volume, before }: RunnerParts,
  child: pulumi.CustomResourceOptions,
): docker.Container {
  const { runners, gitlabUrl, metricsPort, dockerSocket = "/var/run/docker.sock" } = args;
  const drain = Math.ceil(milliseconds(args.drain ?? longestOf(runners)) / 1000);
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
      dependsOn: [...before],
      // Two with one identity would both answer for the same jobs.
      deleteBeforeReplace: true,
      // One that could not start, because its port was taken, is made again: Pulumi would take it for made.
      replaceOnChanges: ["#initerror"],
      customTimeouts: { delete: `${drain + 60}s` },
    },
  );
}

function networkOptions(runners: readonly Runner[]): Record<string, string> {
  const mtus = runners.flatMap(({ mtu }) => mtu ?? []);
  return mtus.length === 0 ? {} : { "com.docker.network.driver.mtu": String(Math.min(...mtus)) };
}

function longestOf(runners: readonly Runner[]): Duration {
  const all = runners.map(({ longestJob = LONGEST_JOB }) => longestJob);
  return all.reduce((longest, one) => (milliseconds(one) > milliseconds(longest) ? one : longest), "1ms");
}
