import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { registryMirror } from "../../catalog/registry-mirror.ts";
import { healthcheckBody } from "../../docker/lowering/healthcheck.ts";
import type { RunnerHost } from "../../gitlab/runner/runner-host.ts";
import { CERTIFICATES } from "../../model/place-network.ts";
import { planProbes } from "../../model/plan-probe.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner.ts";
import { healthcheckArgs } from "../docker/container-args.ts";
import { readyGate } from "../docker/ready-gate.ts";
import { uploadsOf } from "../docker/uploads.ts";
import { runnerLabels } from "./runner-labels.ts";

/** A registry beside the runners that pulls through and keeps what it pulled. */
export interface RunnerMirrorArgs {
  /** @default "registry:3" */
  readonly image?: string;
  /** The registry that it pulls through. @default "https://registry-1.docker.io" */
  readonly upstream?: string;
  /** An account of the upstream's. Every job can then pull what the account can. @default none */
  readonly username?: pulumi.Input<string>;
  readonly password?: pulumi.Input<string>;
  /**
   * The address of the host on which it listens; jobs must reach it, and others should not.
   * @default the host's in the engine's default bridge
   */
  readonly address?: string;
  /** @default 5005 */
  readonly port?: number;
  /** A file with certificates of authorities that the way to the upstream needs. @default none */
  readonly certificates?: string;
}

/**
 * Whether there is to be a mirror beside these runners: for their Docker daemons, unless a runner names one
 * already.
 * @throws ConfigurationError when there are to be two, which no Docker daemon would start with
 */
export function needsMirror(
  runners: readonly Runner[],
  mirror: RunnerMirrorArgs | false | undefined,
): boolean {
  if (mirror === false) return false;
  const other = runners.find(({ registryMirror }) => registryMirror !== undefined);
  if (mirror !== undefined && other !== undefined) {
    throw new ConfigurationError(
      `sandboxes/runners.ts: ${other.name}.registryMirror names a mirror, and the stack is to keep one of its own (mirror): take out one of the two, or no Docker daemon in jobs would start`,
    );
  }
  if (mirror !== undefined) return true;
  return other === undefined && runners.some(({ privilegedServices = [] }) => privilegedServices.length > 0);
}

/** The settings of a Docker daemon that pulls through the mirror: its daemon.json. */
export function daemonConfig(mirrorUrl: string): string {
  return `${JSON.stringify({ "registry-mirrors": [mirrorUrl] })}\n`;
}

const PORT = 5000;
/** Where the image keeps what it pulled. */
const CACHE = "/var/lib/registry";

/**
 * Runs the mirror, its cache on a volume. It listens on one address of the host alone, and is on no network
 * with jobs.
 * @returns its address for Docker daemons: `http://172.17.0.1:5005`
 */
export function createMirror(
  name: string,
  args: RunnerMirrorArgs,
  host: pulumi.Output<RunnerHost>,
  child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { upstream, username, password, port = 5005, certificates } = args;
  const service = registryMirror(upstream === undefined ? {} : { upstream });
  const labels = runnerLabels("registry-mirror");
  const image = new docker.RemoteImage(
    `${name}-mirror-image`,
    { name: args.image ?? service.image, keepLocally: true },
    child,
  );
  const network = new docker.Network(`${name}-mirror-network`, { labels, options: mtuOption(host) }, child);
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
  const ready = readyGate({ place: `${name}-mirror`, container, readiness });
  return ready.apply(() => pulumi.interpolate`http://${address}:${port}`);
}

function bridgeAddressOf({ bridgeAddress }: RunnerHost): string {
  if (bridgeAddress !== undefined) return bridgeAddress;
  throw new pulumi.RunError(
    "the engine has no default bridge on which a registry mirror could listen for jobs: set mirror.address to an address of its host, or mirror: false",
  );
}

function mtuOption(host: pulumi.Output<RunnerHost>): pulumi.Output<Record<string, string>> {
  return host.apply(
    ({ uplinkMtu = 1500 }): Record<string, string> =>
      uplinkMtu < 1500 ? { "com.docker.network.driver.mtu": String(uplinkMtu) } : {},
  );
}

function certificateUpload(certificates: string) {
  const file = { target: CERTIFICATES, source: { hostPath: certificates } };
  return uploadsOf({ key: "registry mirror", files: [file] }, "", () => "");
}
