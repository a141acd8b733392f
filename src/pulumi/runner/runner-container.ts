import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import { bridgeOptions } from "../../docker/lowering/bridge-options.ts";
import { configFile, URL_VARIABLE } from "../../gitlab/runner/config-file.ts";
import { RUNNER_IMAGE } from "../../gitlab/runner/runner-images.ts";
import { type Duration, milliseconds } from "../../model/duration.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { ownerlessLabels } from "../docker/label-list.ts";
import { writeConfig } from "./config-writer.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { daemonConfig } from "./mirror-container.ts";

/** The folder of gitlab-runner's configuration. */
const CONFIG_FOLDER = "/etc/gitlab-runner";
const METRICS_PORT = 9252;
/** GitLab's default timeout of a job. */
const LONGEST_JOB: Duration = "1h";
/** The file on the volume that Docker daemons in jobs use as daemon.json. */
const DAEMON_CONFIG = "docker-daemon.json";
const CA_FILE = "gitlab-authorities.pem";

/**
 * Creates the resources that a gitlab-runner container depends on.
 * @param caCertificates the CA certificates for GitLab, in PEM
 * @param runners the runners with measured values, for the configuration
 * @param mirrorUrl the address of the registry mirror, if any
 * @returns `before`: what the container and the runners in GitLab wait for; `written`: fails if the
 * configuration could not be written
 */
export function createParts(
  name: string,
  { metricsPort, image = RUNNER_IMAGE }: GitLabRunnerArgs,
  caCertificates: string | undefined,
  runners: pulumi.Output<readonly Runner[]>,
  mirrorUrl: pulumi.Output<string> | undefined,
  engine: pulumi.Output<DockerHost>,
  child: pulumi.CustomResourceOptions,
) {
  const labels = ownerlessLabels("runner", name);
  const remoteImage = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, child);
  // A separate network: jobs on the same one could read the metrics.
  const options = runners.apply((declared) => bridgeOptions(false, smallestMtu(declared)));
  const network = new docker.Network(`${name}-network`, { labels, options }, child);
  // For the configuration and the system ID, `.runner_system_id`.
  const volume = new docker.Volume(`${name}-config`, { labels }, child);
  const config = pulumi.all([runners, volume.mountpoint]).apply(([declared, mountpoint]) =>
    configFile(declared, {
      ...(metricsPort !== undefined && { metricsAddress: `:${METRICS_PORT}` }),
      ...(mirrorUrl !== undefined && { daemonConfig: `${mountpoint}/${DAEMON_CONFIG}` }),
      ...(caCertificates !== undefined && { gitlabCaFile: `${CONFIG_FOLDER}/${CA_FILE}` }),
    }),
  );
  const others = {
    ...(mirrorUrl !== undefined && { [DAEMON_CONFIG]: mirrorUrl.apply(daemonConfig) }),
    ...(caCertificates !== undefined && { [CA_FILE]: caCertificates }),
  };
  const target = { image: remoteImage.imageId, volume: volume.name };
  const written = writeConfig(name, { ...target, config, others, engine }, child);
  return { image: remoteImage, network, volume, before: [written, network], written };
}

/** Creates the gitlab-runner container. It drains before removal. */
export function createRunnerContainer(
  name: string,
  args: GitLabRunnerArgs,
  tokens: readonly pulumi.Input<string>[],
  { image, network, volume, before }: ReturnType<typeof createParts>,
  child: pulumi.CustomResourceOptions,
): docker.Container {
  const { runners, gitlabUrl, metricsPort, dockerSocket = "/var/run/docker.sock" } = args;
  const longest = Math.max(...runners.map(({ longestJob = LONGEST_JOB }) => milliseconds(longestJob)));
  const drain = Math.ceil((args.drain === undefined ? longest : milliseconds(args.drain)) / 1000);
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
      labels: ownerlessLabels("runner", name),
      restart: "unless-stopped",
      // The image's default signal aborts jobs: https://docs.gitlab.com/runner/commands/#signals
      stopSignal: "SIGQUIT",
      destroyGraceSeconds: drain,
    },
    {
      ...child,
      dependsOn: before,
      // Two containers with one system ID would report the same jobs.
      deleteBeforeReplace: true,
      // Replaces a container that failed to start, for example on a port in use: Pulumi counts it as created.
      replaceOnChanges: ["#initerror"],
      customTimeouts: { delete: `${drain + 60}s` },
    },
  );
}

function smallestMtu(runners: readonly Runner[]): number | undefined {
  const mtus = runners.flatMap(({ mtu }) => mtu ?? []);
  return mtus.length === 0 ? undefined : Math.min(...mtus);
}
