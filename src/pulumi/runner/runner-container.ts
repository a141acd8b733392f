import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import { configFile, URL_VARIABLE } from "../../gitlab/runner/config-file.ts";
import { RUNNER_IMAGE } from "../../gitlab/runner/runner-images.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { explainOn } from "../program-error.ts";
import { contentDigest, rewriteCount, runnerOwner, WRITTEN_FOR } from "./config-revision.ts";
import { VOLUME, writeFiles } from "./config-writer.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { daemonConfig } from "./mirror-container.ts";
import { runnerLabels } from "./runner-labels.ts";

/** The resources that a gitlab-runner container depends on. */
export interface RunnerParts {
  readonly image: docker.RemoteImage;
  readonly network: docker.Network;
  /** The volume with the configuration and the system ID, `.runner_system_id`. */
  readonly volume: docker.Volume;
  /** The dependencies of the container and of the runners in GitLab, the written configuration included. */
  readonly before: readonly pulumi.Input<pulumi.Resource>[];
  /** The written configuration. Fails if it could not be written. */
  readonly written: pulumi.Output<docker.Container>;
}

/** The folder of gitlab-runner's configuration. */
const CONFIG_FOLDER = "/etc/gitlab-runner";
const METRICS_PORT = 9252;
/** GitLab's default timeout of a job. */
const LONGEST_JOB: Duration = "1h";
/** The file on the volume that Docker daemons in jobs use as daemon.json. */
const DAEMON_CONFIG = "docker-daemon.json";
const CONFIG_FILE = "config.toml";
const CA_FILE = "gitlab-authorities.pem";

/**
 * Creates the resources that the container depends on.
 * @param caCertificates the CA certificates for GitLab, in PEM
 * @param runners the runners with measured values, for the configuration
 * @param mirrorUrl the address of the registry mirror, if any
 */
export function createParts(
  name: string,
  { metricsPort, image = RUNNER_IMAGE }: GitLabRunnerArgs,
  caCertificates: string | undefined,
  runners: pulumi.Output<readonly Runner[]>,
  mirrorUrl: pulumi.Output<string> | undefined,
  engine: pulumi.Output<DockerHost>,
  child: pulumi.CustomResourceOptions,
): RunnerParts {
  const labels = runnerLabels(name, "runner");
  const remoteImage = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, child);
  // A separate network: jobs on the same one could read the metrics.
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
      ...(caCertificates !== undefined && { gitlabCaFile: `${CONFIG_FOLDER}/${CA_FILE}` }),
    }),
  );
  const owner = runnerOwner(name);
  const attempt = engine.apply((host) =>
    rewriteCount(host, owner, `${VOLUME}/${CONFIG_FILE}`).catch(explainOn(host)),
  );
  const written = writeFiles(
    `${name}-config-writer`,
    {
      image: remoteImage.imageId,
      volume: volume.name,
      files: [
        ...(mirrorUrl === undefined ? [] : [{ name: DAEMON_CONFIG, content: mirrorUrl.apply(daemonConfig) }]),
        ...(caCertificates === undefined ? [] : [{ name: CA_FILE, content: caCertificates }]),
        { name: CONFIG_FILE, content: config },
      ],
      attempt,
      labels: [
        ...runnerLabels(name, "runner-config"),
        { label: WRITTEN_FOR, value: owner },
        { label: LABEL.plan, value: config.apply(contentDigest) },
      ],
      engine,
    },
    child,
  );
  return { image: remoteImage, network, volume, before: [written, network], written };
}

/** Creates the gitlab-runner container. It drains before removal. */
export function createRunnerContainer(
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
      labels: runnerLabels(name, "runner"),
      restart: "unless-stopped",
      // The image's default signal aborts jobs: https://docs.gitlab.com/runner/commands/#signals
      stopSignal: "SIGQUIT",
      destroyGraceSeconds: drain,
    },
    {
      ...child,
      dependsOn: [...before],
      // Two containers with one system ID would report the same jobs.
      deleteBeforeReplace: true,
      // Replaces a container that failed to start, for example on a port in use: Pulumi counts it as created.
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
