import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { REGISTRY_IMAGE, registryMirror } from "../../catalog/registry-mirror.ts";
import type { DockerHost } from "../../docker/host.ts";
import { bridgeOptions } from "../../docker/lowering/bridge-options.ts";
import { healthcheckBody } from "../../docker/lowering/healthcheck.ts";
import type { RunnerHost } from "../../gitlab/runner/runner-host.ts";
import { DEFAULT_MTU } from "../../machine/uplink.ts";
import { CERTIFICATES } from "../../model/plan/place-network.ts";
import { planProbes } from "../../model/plan/plan-probe.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { healthcheckArgs } from "../docker/container-args.ts";
import { ownerlessLabels } from "../docker/label-list.ts";
import { readyGate } from "../docker/ready-gate.ts";
import { uploadsOf } from "../docker/uploads.ts";

/** A registry mirror for the Docker daemons in jobs: a pull-through cache. */
export interface RunnerMirrorArgs {
  /** @default "registry:3" */
  readonly image?: string;
  /** The upstream registry. @default "https://registry-1.docker.io" */
  readonly upstream?: string;
  /** An account of the upstream registry. All jobs pull with its permissions. @default none */
  readonly username?: pulumi.Input<string>;
  readonly password?: pulumi.Input<string>;
  /**
   * The listen address on the host. Jobs must reach it, and other machines should not.
   * @default the host's address in the engine's default bridge
   */
  readonly address?: string;
  /** The port on the host. @default 5005 */
  readonly port?: number;
  /** A file with CA certificates for the upstream registry. @default none */
  readonly certificates?: string;
}

/**
 * Whether the runners need a registry mirror: true with privileged services, unless a runner has a mirror.
 * @throws ConfigurationError for two mirrors, since a Docker daemon does not start with two
 */
export function needsMirror(
  runners: readonly Runner[],
  mirror: RunnerMirrorArgs | false | undefined,
): boolean {
  if (mirror === false) return false;
  const other = runners.find(({ registryMirror }) => registryMirror !== undefined);
  if (mirror !== undefined && other !== undefined) {
    throw new ConfigurationError(
      `runners: ${other.name}.registryMirror and the stack's setting mirror are both set, ` +
        "and Docker daemons in jobs do not start with two mirrors; remove one of them",
    );
  }
  if (mirror !== undefined) return true;
  return other === undefined && runners.some(({ privilegedServices = [] }) => privilegedServices.length > 0);
}

/** The daemon.json of a Docker daemon that uses the mirror. */
export function daemonConfig(mirrorUrl: string): string {
  return `${JSON.stringify({ "registry-mirrors": [mirrorUrl] })}\n`;
}

const PORT = 5000;
/** The cache folder of the image. */
const CACHE = "/var/lib/registry";

/**
 * Creates the mirror, with a volume for its cache. It listens on a single address of the host, and is not on
 * the networks of jobs.
 * @returns the address for Docker daemons: `http://172.17.0.1:5005`
 */
export function createMirror(
  name: string,
  args: RunnerMirrorArgs,
  host: pulumi.Output<RunnerHost>,
  engine: pulumi.Output<DockerHost>,
  child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { upstream, username, password, port = 5005, certificates } = args;
  const service = registryMirror(upstream === undefined ? {} : { upstream });
  const labels = ownerlessLabels("registry-mirror", name);
  const image = new docker.RemoteImage(
    `${name}-mirror-image`,
    { name: args.image ?? REGISTRY_IMAGE, keepLocally: true },
    child,
  );
  const options = host.apply(({ uplinkMtu = DEFAULT_MTU }) =>
    bridgeOptions(false, uplinkMtu < DEFAULT_MTU ? uplinkMtu : undefined),
  );
  const network = new docker.Network(`${name}-mirror-network`, { labels, options }, child);
  const cache = new docker.Volume(`${name}-mirror-cache`, { labels }, child);
  const healthcheck = healthcheckBody(planProbes(service, name).probe);
  const address = args.address ?? host.apply(bridgeAddressOf);
  const container = new docker.Container(
    `${name}-mirror`,
    {
      image: image.imageId,
      envs: [
        ...Object.entries(service.env ?? {}).flatMap(([variable, value]) =>
          typeof value === "string" ? [`${variable}=${value}`] : [],
        ),
        ...(username === undefined ? [] : [pulumi.interpolate`REGISTRY_PROXY_USERNAME=${username}`]),
        ...(password === undefined
          ? []
          : [pulumi.secret(pulumi.interpolate`REGISTRY_PROXY_PASSWORD=${password}`)]),
        ...(certificates === undefined ? [] : [`SSL_CERT_FILE=${CERTIFICATES}`]),
      ],
      networkMode: "bridge",
      networksAdvanced: [{ name: network.name }],
      mounts: [{ type: "volume", source: cache.name, target: CACHE }],
      ports: [{ internal: PORT, external: port, ip: address }],
      ...(certificates !== undefined && { uploads: certificateUpload(certificates) }),
      ...(healthcheck && { healthcheck: healthcheckArgs(healthcheck) }),
      labels,
      restart: "unless-stopped",
      destroyGraceSeconds: 10,
    },
    { ...child, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "#initerror"] },
  );
  const readiness = { kind: "healthy", within: "1m" } as const;
  const ready = readyGate({ place: `${name}-mirror`, container, readiness, engine });
  return ready.apply(() => pulumi.interpolate`http://${address}:${port}`);
}

function bridgeAddressOf({ bridgeAddress }: RunnerHost): string {
  if (bridgeAddress !== undefined) return bridgeAddress;
  throw new pulumi.RunError(
    "registry mirror: the engine has no default bridge to listen on; set mirror.address to an address " +
      "of the engine's host, or mirror: false",
  );
}

function certificateUpload(certificates: string) {
  const file = { target: CERTIFICATES, source: { hostPath: certificates } };
  return uploadsOf({ key: "registry mirror", files: [file] }, "", () => "");
}
