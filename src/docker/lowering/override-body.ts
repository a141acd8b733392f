import { isDeepStrictEqual } from "node:util";
import { isOwnLabel } from "../../model/labels.ts";
import { changedLabels, overridden } from "../../model/override.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { imageMatches } from "../../model/plan/privilege.ts";
import { type Capability, privilegesIn } from "../../model/privileges.ts";
import type { ContainerBody, HostBody, MountBody } from "./container.ts";
import type { DockerPlacement } from "./placement.ts";

declare module "../../model/override.ts" {
  interface ServiceOverrides {
    /** Changes the body of `POST /containers/create`. */
    readonly docker?: (body: ContainerBody) => ContainerBody;
  }
  interface JobOverrides {
    /** Changes the body of `POST /containers/create`. */
    readonly docker?: (body: ContainerBody) => ContainerBody;
  }
}

/**
 * The body of a container after the declaration's override.
 * @param path the path of the service or job
 * @throws ConfigurationError for an override that fails, removes what Nestbox needs, or gives power over the
 * host to an image that is not allowed
 */
export function overrideBody(
  path: string,
  container: PlannedContainer,
  body: ContainerBody,
  { privilegedImages }: DockerPlacement,
): ContainerBody {
  const mayHavePower = privilegedImages.some((pattern) => imageMatches(pattern, body.Image));
  return overridden("docker", path, container, body, (changed) => {
    const missing = missingIn(body, changed);
    if (missing !== undefined || mayHavePower) return missing;
    const [power] = powersIn(changed.HostConfig, body.HostConfig);
    const remedy = `remove it, or add the image to nestbox:privilegedImages (${privilegedImages.join(", ")})`;
    return power && `"${body.Image}" ${power}; ${remedy}`;
  });
}

/** What Nestbox needs and a changed body lacks. */
function missingIn(body: ContainerBody, changed: ContainerBody): string | undefined {
  const own = Object.fromEntries(Object.entries(body.Labels).filter(([name]) => isOwnLabel(name)));
  if (changed.Image !== body.Image) return "changes the Image; set the image of the declaration";
  if (
    changed.HostConfig?.NetworkMode !== body.HostConfig.NetworkMode ||
    !isDeepStrictEqual(changed.NetworkingConfig, body.NetworkingConfig)
  )
    return "changes the networks; keep HostConfig.NetworkMode and NetworkingConfig, and declare networks";
  if (body.Healthcheck !== undefined && changed.Healthcheck === undefined)
    return "removes the Healthcheck, by which Nestbox knows that it is ready; declare another probe";
  const added = Object.keys(changed.Labels ?? {}).find((name) => isOwnLabel(name) && !(name in own));
  if (added !== undefined) return `adds ${added}, a label of Nestbox's own; use another name`;
  return changedLabels(own, changed.Labels);
}

/** Fields of the Engine API by which a container gets power over its host. */
const POWERFUL: readonly string[] = [
  ...["Devices", "DeviceRequests", "DeviceCgroupRules", "VolumesFrom", "CgroupParent", "Cgroup"],
  ...["MaskedPaths", "ReadonlyPaths", "Runtime", "Isolation", "OomKillDisable", "OomScoreAdj"],
];

/** Modes that share something with the host or with another container. */
const MODES = ["IpcMode", "PidMode", "UTSMode", "UsernsMode", "CgroupnsMode"];

/** What an override gives a container over its host, as verb phrases. */
function powersIn(host: HostBody, before: HostBody): readonly string[] {
  const fields = host as HostBody & Readonly<Record<string, unknown>>;
  const isSet = (name: string) => {
    const value = fields[name];
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  };
  const modes = MODES.filter((name) => /^(?:host|container:)/.test(String(fields[name] ?? "")));
  const options = (host.SecurityOpt ?? []).filter(
    (option) => !before.SecurityOpt?.includes(option) && !option.startsWith("no-new-privileges"),
  );
  const binds = (host.Binds ?? []).filter((bind) => /^[./~]/.test(bind));
  const isDeclared = (mount: MountBody) => before.Mounts?.some((one) => isDeepStrictEqual(one, mount));
  const mounts = (host.Mounts ?? []).filter(
    (mount) => (mount.Type !== "volume" || "VolumeOptions" in mount) && !isDeclared(mount),
  );
  const privileges = privilegesIn({
    privileged: host.Privileged === true,
    capAdd: (host.CapAdd ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, "") as Capability),
    sysctls: host.Sysctls ?? {},
  });
  return [
    ...privileges.map(({ why }) => why),
    ...modes.map((name) => `may not have HostConfig.${name} "${fields[name]}", which is not its own`),
    ...binds.map((bind) => `may not mount ${bind.split(":")[0]} of the host`),
    ...mounts
      .filter(({ Type }) => (Type as string) !== "tmpfs")
      .map(({ Source }) => `may not mount ${Source} of the host`),
    ...options.map((option) => `may not have the security option ${option}`),
    ...POWERFUL.filter(isSet).map(
      (name) => `may not have HostConfig.${name}, which gives power over the host`,
    ),
  ];
}
