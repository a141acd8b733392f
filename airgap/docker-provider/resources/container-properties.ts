import {
  decimal,
  duration,
  durationText,
  flag,
  listOf,
  nanoseconds,
  number,
  optional,
  type RecordOf,
  record,
  refused,
  required,
  type Shape,
  setOf,
  shape,
  text,
  textMap,
  type ValueOf,
} from "../property-shapes.ts";
import type { Change } from "../property-table.ts";
import type { PropertyValue } from "../property-values.ts";
import type {
  ContainerBody,
  ContainerConfig,
  DeviceRate,
  HostConfig,
  InspectedContainer,
  InspectedImage,
  Mount,
} from "./container-api.ts";
import { networkShape, seenNetworkMode, seenNetworks } from "./container-networks.ts";

/** A container as the engine shows it, and the image that it was made from. */
export interface SeenContainer {
  readonly container: InspectedContainer;
  readonly image: InspectedImage;
  /** Nobody said anything: a container that was made elsewhere is taken over. */
  readonly isImport: boolean;
}

/** How a property gets into the body of ContainerCreate, and what it is seen to be. */
interface EngineSide<Value> {
  readonly write?: (value: Value) => ContainerBody;
  /**
   * The value that a program would have to say to get what is there; undefined when it would say nothing.
   * `said` is what the program said: what comes from the image or from Docker's defaults is no difference to it.
   */
  readonly read?: (seen: SeenContainer, said: Value | undefined) => Value | undefined;
}

/** What @pulumi/docker calls a megabyte. */
export const mebibyte = 1024 * 1024;
const labelList = setOf(record({ label: required(text()), value: required(text()) }));
const deviceRates = setOf(record({ path: required(text()), rate: required(number()) }));

/** "NET_ADMIN" and "CAP_NET_ADMIN" are the same capability. */
const capability: Shape<string> = shape(
  (value, path) => text().problems(value, path),
  (value) => String(value).toUpperCase().replace(/^CAP_/, ""),
);

/**
 * What a limit is set to when the program no longer says one: Docker takes 0 for "leave it as it is". For limits that
 * are not here Docker has no value that lifts them.
 */
export const removedLimits = {
  cpuPeriod: 100_000,
  cpuQuota: -1,
  cpuShares: 1024,
} as const;

/**
 * The inputs of docker:index/container:Container in @pulumi/docker 5.2.0: what each looks like, what its change does,
 * how it is written for the engine and read back.
 */
export const containerProperties = {
  attach: row(flag({ default: false }), "provider"),
  capabilities: row(
    record({ adds: optional(setOf(capability)), drops: optional(setOf(capability)) }),
    "replaces",
    {
      write: ({ adds, drops }) => host({ CapAdd: adds ?? [], CapDrop: drops ?? [] }),
      read: ({ container: { HostConfig } }) =>
        filled({ adds: nonEmpty(HostConfig.CapAdd), drops: nonEmpty(HostConfig.CapDrop) }),
    },
  ),
  cgroupParent: hostText("CgroupParent"),
  cgroupnsMode: hostTextWithDefault("CgroupnsMode"),
  command: row(listOf(text()), "replaces", {
    write: (Cmd) => ({ Cmd }),
    read: (seen, said) => unlessFromImage("Cmd", seen, said),
  }),
  // How long to poll until the container runs: here the engine itself says when it does.
  containerReadRefreshTimeoutMilliseconds: row(number({ default: 15_000 }), "provider"),
  cpuPeriod: limit("CpuPeriod", { removed: removedLimits.cpuPeriod }),
  cpuQuota: limit("CpuQuota", { removed: removedLimits.cpuQuota }),
  cpuSet: row(text(), "in place", {
    write: (CpusetCpus) => host({ CpusetCpus }),
    read: ({ container }) => container.HostConfig.CpusetCpus || undefined,
  }),
  cpuShares: limit("CpuShares", { removed: removedLimits.cpuShares }),
  cpus: row(decimal, "replaces", {
    write: (cpus) => host({ NanoCpus: Math.round(Number(cpus) * 1e9) }),
    read: ({ container }) =>
      container.HostConfig.NanoCpus ? String(container.HostConfig.NanoCpus / 1e9) : undefined,
  }),
  destroyGraceSeconds: row(number(), "provider"),
  deviceCgroupRules: hostSet("DeviceCgroupRules"),
  deviceReadBps: deviceLimit("BlkioDeviceReadBps"),
  deviceReadIops: deviceLimit("BlkioDeviceReadIOps"),
  deviceRequests: refused,
  deviceWriteBps: deviceLimit("BlkioDeviceWriteBps"),
  deviceWriteIops: deviceLimit("BlkioDeviceWriteIOps"),
  devices: row(
    setOf(
      record({
        hostPath: required(text()),
        containerPath: optional(text()),
        permissions: optional(text({ default: "rwm" })),
      }),
    ),
    "replaces",
    {
      write: (devices) =>
        host({
          Devices: devices.map(({ hostPath, containerPath, permissions }) => ({
            PathOnHost: hostPath,
            PathInContainer: containerPath || hostPath,
            CgroupPermissions: permissions || "rwm",
          })),
        }),
      read: ({ container }, said) =>
        nonEmpty(container.HostConfig.Devices)?.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => {
          const unsaid = said?.some(
            ({ hostPath, containerPath }) => hostPath === PathOnHost && !containerPath,
          );
          return {
            hostPath: PathOnHost,
            containerPath: unsaid && PathInContainer === PathOnHost ? undefined : PathInContainer,
            permissions: CgroupPermissions,
          };
        }),
    },
  ),
  dns: hostSet("Dns"),
  dnsOpts: hostSet("DnsOptions"),
  dnsSearches: hostSet("DnsSearch"),
  domainname: row(text(), "replaces", {
    write: (Domainname) => ({ Domainname }),
    read: ({ container }) => container.Config.Domainname || undefined,
  }),
  entrypoints: row(listOf(text()), "replaces", {
    write: (Entrypoint) => ({ Entrypoint }),
    read: (seen, said) => unlessFromImage("Entrypoint", seen, said),
  }),
  envs: row(setOf(text()), "replaces", {
    write: (Env) => ({ Env }),
    read: ({ container, image }, said = []) => {
      const ofImage = image.Config?.Env ?? [];
      return nonEmpty(container.Config.Env?.filter((env) => said.includes(env) || !ofImage.includes(env)));
    },
  }),
  gpus: refused,
  groupAdds: hostSet("GroupAdd"),
  healthcheck: row(
    record({
      tests: optional(listOf(text())),
      interval: optional(duration),
      timeout: optional(duration),
      startPeriod: optional(duration),
      startInterval: optional(duration),
      retries: optional(number({ default: 0 })),
    }),
    "fixed",
    {
      write: ({ tests, interval, timeout, startPeriod, startInterval, retries }) => ({
        Healthcheck: present({
          Test: tests,
          Interval: inNanoseconds(interval),
          Timeout: inNanoseconds(timeout),
          StartPeriod: inNanoseconds(startPeriod),
          StartInterval: inNanoseconds(startInterval),
          Retries: retries,
        }),
      }),
      read: ({ container, image }, said) => {
        const seen = container.Config.Healthcheck ?? {};
        const ofImage = image.Config?.Healthcheck ?? {};
        const own = <Name extends keyof typeof seen>(name: Name, saidIt: unknown) =>
          saidIt === undefined && sameAsImage(seen[name], ofImage[name]) ? undefined : seen[name];
        return filled({
          tests: nonEmpty(own("Test", said?.tests)),
          interval: inWords(own("Interval", said?.interval)),
          timeout: inWords(own("Timeout", said?.timeout)),
          startPeriod: inWords(own("StartPeriod", said?.startPeriod)),
          startInterval: inWords(own("StartInterval", said?.startInterval)),
          retries: own("Retries", said?.retries) || undefined,
        });
      },
    },
  ),
  hostname: row(text(), "replaces", {
    write: (Hostname) => ({ Hostname }),
    read: ({ container }, said) => (said === undefined ? undefined : container.Config.Hostname),
  }),
  hosts: row(setOf(record({ host: required(text()), ip: required(text()) })), "replaces", {
    write: (hosts) => host({ ExtraHosts: hosts.map(({ host, ip }) => `${host}:${ip}`) }),
    read: ({ container }) =>
      nonEmpty(container.HostConfig.ExtraHosts)?.map((entry) => {
        const [host = "", ip = ""] = splitOnce(entry, ":");
        return { host, ip };
      }),
  }),
  image: {
    ...row(text(), "replaces", {
      write: (Image) => ({ Image }),
      read: ({ container }, said) => (said === container.Image ? said : container.Config.Image),
    }),
    need: "required" as const,
  },
  init: row(flag(), "fixed", {
    write: (Init) => host({ Init }),
    read: ({ container }) => container.HostConfig.Init ?? undefined,
  }),
  ipcMode: hostTextWithDefault("IpcMode"),
  labels: row(labelList, "replaces", {
    write: (labels) => ({ Labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])) }),
    read: ({ container, image }, said = []) => {
      const ofImage = image.Config?.Labels ?? {};
      const labels = Object.entries(container.Config.Labels ?? {}).map(([label, value]) => ({
        label,
        value,
      }));
      return nonEmpty(
        labels.filter(
          (one) => said.some(({ label }) => label === one.label) || ofImage[one.label] !== one.value,
        ),
      );
    },
  }),
  logDriver: row(text(), "replaces", {
    write: (Type) => host({ LogConfig: { Type } }),
    read: ({ container }, said) => (said === undefined ? undefined : container.HostConfig.LogConfig?.Type),
  }),
  logOpts: row(textMap, "replaces", {
    write: (Config) => host({ LogConfig: { Config } }),
    read: ({ container }, said) =>
      said === undefined ? undefined : filled(container.HostConfig.LogConfig?.Config),
  }),
  logs: row(flag({ default: false }), "provider"),
  maxRetryCount: row(number({ default: 0 }), "in place", {
    write: (MaximumRetryCount) => host({ RestartPolicy: { MaximumRetryCount } }),
    read: ({ container }) => container.HostConfig.RestartPolicy?.MaximumRetryCount || undefined,
  }),
  memory: limit("Memory", { unit: mebibyte }),
  memoryReservation: limit("MemoryReservation", { unit: mebibyte }),
  memorySwap: row(number({ default: 0 }), "in place", {
    write: (swap) => host({ MemorySwap: swap === -1 ? -1 : swap * mebibyte }),
    read: ({ container: { HostConfig } }, said) => {
      const { Memory = 0, MemorySwap = 0 } = HostConfig;
      // -1 is also what an engine reports whose kernel does not account for swap.
      if (MemorySwap === -1) return said;
      return said === undefined && MemorySwap === 2 * Memory ? undefined : MemorySwap / mebibyte || undefined;
    },
  }),
  mounts: row(
    setOf(
      record({
        target: required(text()),
        type: required(text({ oneOf: ["bind", "volume", "tmpfs"] })),
        source: optional(text()),
        readOnly: optional(flag({ default: false })),
        bindOptions: optional(record({ propagation: optional(text()) })),
        volumeOptions: optional(
          record({
            driverName: optional(text()),
            driverOptions: optional(textMap),
            labels: optional(labelList),
            noCopy: optional(flag({ default: false })),
            subpath: optional(text()),
          }),
        ),
        tmpfsOptions: optional(
          record({ mode: optional(number({ default: 0 })), sizeBytes: optional(number({ default: 0 })) }),
        ),
      }),
    ),
    "replaces",
    {
      write: (mounts) =>
        host({
          Mounts: mounts.map(({ target, type, source, readOnly, bindOptions, volumeOptions, tmpfsOptions }) =>
            present<Mount>({
              Target: target,
              Type: type,
              Source: source,
              ReadOnly: readOnly,
              BindOptions: bindOptions && present({ Propagation: bindOptions.propagation }),
              VolumeOptions:
                volumeOptions &&
                present({
                  NoCopy: volumeOptions.noCopy,
                  Subpath: volumeOptions.subpath,
                  Labels: Object.fromEntries(
                    (volumeOptions.labels ?? []).map(({ label, value }) => [label, value]),
                  ),
                  DriverConfig: filled(
                    present({ Name: volumeOptions.driverName, Options: volumeOptions.driverOptions }),
                  ),
                }),
              TmpfsOptions:
                tmpfsOptions && present({ Mode: tmpfsOptions.mode, SizeBytes: tmpfsOptions.sizeBytes }),
            }),
          ),
        }),
      read: ({ container }) =>
        nonEmpty(container.HostConfig.Mounts)?.map((mount) => ({
          target: mount.Target,
          type: mount.Type,
          source: mount.Source || undefined,
          readOnly: mount.ReadOnly,
          bindOptions: filled({ propagation: mount.BindOptions?.Propagation || undefined }),
          volumeOptions: filled({
            driverName: mount.VolumeOptions?.DriverConfig?.Name || undefined,
            driverOptions: filled(mount.VolumeOptions?.DriverConfig?.Options),
            labels: nonEmpty(
              Object.entries(mount.VolumeOptions?.Labels ?? {}).map(([label, value]) => ({ label, value })),
            ),
            noCopy: mount.VolumeOptions?.NoCopy || undefined,
            subpath: mount.VolumeOptions?.Subpath || undefined,
          }),
          tmpfsOptions: filled({
            mode: mount.TmpfsOptions?.Mode || undefined,
            sizeBytes: mount.TmpfsOptions?.SizeBytes || undefined,
          }),
        })),
    },
  ),
  mustRun: row(flag({ default: true }), "provider"),
  name: row(text(), "replaces", { read: ({ container }) => container.Name.replace(/^\//, "") }),
  networkMode: row(text(), "replaces", { read: ({ container }, said) => seenNetworkMode(container, said) }),
  networksAdvanced: row(setOf(networkShape), "replaces", {
    read: ({ container, isImport }, said) => seenNetworks(container, said, isImport),
  }),
  pidMode: hostText("PidMode"),
  platform: row(text(), "replaces"),
  ports: row(
    setOf(
      record({
        internal: required(number()),
        external: optional(number({ default: 0 })),
        ip: optional(text({ default: "0.0.0.0" })),
        protocol: optional(text({ default: "tcp", oneOf: ["tcp", "udp", "sctp"] })),
      }),
    ),
    "replaces",
    {
      write: (ports) => {
        const byPort = Map.groupBy(ports, ({ internal, protocol }) => `${internal}/${protocol || "tcp"}`);
        return {
          ExposedPorts: Object.fromEntries([...byPort.keys()].map((port) => [port, {}])),
          HostConfig: {
            PortBindings: Object.fromEntries(
              [...byPort].map(([port, bindings]) => [
                port,
                bindings.map(({ external, ip }) => ({
                  HostIp: ip || "0.0.0.0",
                  HostPort: external ? String(external) : "",
                })),
              ]),
            ),
          },
        };
      },
      read: ({ container }) => nonEmpty(portList(container.HostConfig.PortBindings)),
    },
  ),
  privileged: hostFlag("Privileged"),
  publishAllPorts: hostFlag("PublishAllPorts"),
  readOnly: hostFlag("ReadonlyRootfs"),
  removeVolumes: row(flag({ default: true }), "provider"),
  restart: row(text({ default: "no", oneOf: ["no", "on-failure", "always", "unless-stopped"] }), "in place", {
    write: (Name) => host({ RestartPolicy: { Name } }),
    read: ({ container }) => container.HostConfig.RestartPolicy?.Name || undefined,
  }),
  rm: row(flag({ default: false }), "fixed", {
    write: (AutoRemove) => host({ AutoRemove }),
    read: ({ container }) => container.HostConfig.AutoRemove,
  }),
  runtime: hostTextWithDefault("Runtime"),
  securityOpts: row(setOf(text()), "replaces", {
    write: (SecurityOpt) => host({ SecurityOpt }),
    read: ({ container }, said) =>
      said === undefined ? undefined : nonEmpty(container.HostConfig.SecurityOpt),
  }),
  shmSize: row(number(), "replaces", {
    write: (megabytes) => host({ ShmSize: megabytes * mebibyte }),
    read: ({ container }, said) =>
      said === undefined ? undefined : (container.HostConfig.ShmSize ?? 0) / mebibyte || undefined,
  }),
  start: row(flag({ default: true }), "provider"),
  stdinOpen: row(flag({ default: false }), "replaces", {
    write: (OpenStdin) => ({ OpenStdin }),
    read: ({ container }) => container.Config.OpenStdin,
  }),
  stopSignal: row(text(), "replaces", {
    write: (StopSignal) => ({ StopSignal }),
    read: (seen, said) => unlessFromImage("StopSignal", seen, said),
  }),
  stopTimeout: row(number(), "replaces", {
    write: (StopTimeout) => ({ StopTimeout }),
    read: ({ container }) => container.Config.StopTimeout,
  }),
  storageOpts: hostMap("StorageOpt"),
  sysctls: hostMap("Sysctls"),
  tmpfs: { ...hostMap("Tmpfs"), change: "fixed" as const },
  tty: row(flag({ default: false }), "replaces", {
    write: (Tty) => ({ Tty }),
    read: ({ container }) => container.Config.Tty,
  }),
  ulimits: row(
    setOf(record({ name: required(text()), soft: required(number()), hard: required(number()) })),
    "replaces",
    {
      write: (ulimits) =>
        host({ Ulimits: ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })) }),
      read: ({ container }) =>
        nonEmpty(container.HostConfig.Ulimits)?.map(({ Name, Soft, Hard }) => ({
          name: Name,
          soft: Soft,
          hard: Hard,
        })),
    },
  ),
  uploads: row(
    setOf(
      record({
        file: required(text()),
        content: optional(text()),
        contentBase64: optional(text()),
        source: optional(text()),
        sourceHash: optional(text()),
        permissions: optional(text()),
        executable: optional(flag({ default: false })),
        owner: optional(text()),
        group: optional(text()),
      }),
    ),
    "replaces",
    { read: (_seen, said) => said },
  ),
  user: row(text(), "replaces", {
    write: (User) => ({ User }),
    read: (seen, said) => unlessFromImage("User", seen, said),
  }),
  usernsMode: hostText("UsernsMode"),
  volumes: row(
    setOf(
      record({
        containerPath: optional(text()),
        fromContainer: optional(text()),
        hostPath: optional(text()),
        readOnly: optional(flag({ default: false })),
        selinuxRelabel: optional(text({ oneOf: ["z", "Z"] })),
        volumeName: optional(text()),
      }),
    ),
    "replaces",
    {
      write: (volumes) => ({
        Volumes: Object.fromEntries(
          volumes
            .filter((volume) => !volume.fromContainer && !volume.hostPath && !volume.volumeName)
            .map(({ containerPath }) => [containerPath ?? "", {}]),
        ),
        HostConfig: {
          Binds: volumes
            .filter((volume) => volume.hostPath || volume.volumeName)
            .map(({ hostPath, volumeName, containerPath, readOnly, selinuxRelabel }) => {
              const options = [readOnly ? "ro" : "", selinuxRelabel ?? ""].filter((option) => option !== "");
              const parts = [hostPath || volumeName, containerPath, options.join(",")];
              return parts.filter((part) => part !== "").join(":");
            }),
          VolumesFrom: volumes
            .filter((volume) => volume.fromContainer)
            .map(({ fromContainer, readOnly }) => `${fromContainer}${readOnly ? ":ro" : ""}`),
        },
      }),
      read: ({ container, image }, said = []) => {
        const ofImage = Object.keys(image.Config?.Volumes ?? {});
        const anonymous = Object.keys(container.Config.Volumes ?? {}).filter(
          (path) => !ofImage.includes(path) || said.some(({ containerPath }) => containerPath === path),
        );
        return nonEmpty([
          ...(container.HostConfig.Binds ?? []).map(seenBind),
          ...(container.HostConfig.VolumesFrom ?? []).map((from) => {
            const [fromContainer = "", mode] = splitOnce(from, ":");
            return { fromContainer, readOnly: mode === "ro" };
          }),
          ...anonymous.map((containerPath) => ({ containerPath })),
        ]);
      },
    },
  ),
  wait: row(flag({ default: false }), "provider"),
  waitTimeout: row(number({ default: 60 }), "provider"),
  workingDir: row(text(), "replaces", {
    write: (WorkingDir) => ({ WorkingDir }),
    read: (seen, said) => unlessFromImage("WorkingDir", seen, said),
  }),
} as const;

/** The inputs of a container. */
export type ContainerInputs = RecordOf<typeof containerProperties>;

/** The published ports of a container, in the order of their numbers; ports that Docker chose where it has. */
export function portList(bindings: HostConfig["PortBindings"]) {
  return Object.entries(bindings ?? {})
    .flatMap(([port, bound]) => (bound ?? []).map((binding) => ({ port, binding })))
    .map(({ port, binding }) => {
      const [internal = "", protocol = "tcp"] = splitOnce(port, "/");
      return {
        internal: Number(internal),
        external: Number(binding.HostPort) || undefined,
        ip: binding.HostIp || undefined,
        protocol,
      };
    })
    .sort((one, other) => one.internal - other.internal);
}

function row<AnyShape extends Shape<unknown>>(
  shape: AnyShape,
  change: Change,
  engine: EngineSide<ValueOf<AnyShape>> = {},
) {
  return { need: "optional", shape, change, ...engine } as const;
}

type NamesOf<Value> = {
  [Name in keyof HostConfig]-?: Value extends HostConfig[Name] ? Name : never;
}[keyof HostConfig];

function hostText(name: NamesOf<string>) {
  return row(text(), "replaces", {
    write: (value) => host({ [name]: value }),
    read: ({ container }) => (container.HostConfig[name] as string | undefined) || undefined,
  });
}

/** Docker fills these in itself when the program says nothing. */
function hostTextWithDefault(name: NamesOf<string>) {
  return row(text(), "replaces", {
    write: (value) => host({ [name]: value }),
    read: ({ container }, said) => (said === undefined ? undefined : (container.HostConfig[name] as string)),
  });
}

function hostFlag(name: NamesOf<boolean>) {
  return row(flag({ default: false }), "replaces", {
    write: (value) => host({ [name]: value }),
    read: ({ container }) => (container.HostConfig[name] as boolean | undefined) || undefined,
  });
}

function hostSet(name: NamesOf<readonly string[]>) {
  return row(setOf(text()), "replaces", {
    write: (value) => host({ [name]: value }),
    read: ({ container }) => nonEmpty(container.HostConfig[name] as readonly string[] | null | undefined),
  });
}

function hostMap(name: NamesOf<Readonly<Record<string, string>>>) {
  return row(textMap, "replaces", {
    write: (value) => host({ [name]: value }),
    read: ({ container }) =>
      filled(container.HostConfig[name] as Readonly<Record<string, string>> | null | undefined),
  });
}

function limit(name: NamesOf<number>, { removed, unit = 1 }: { removed?: number; unit?: number }) {
  return row(number({ default: 0 }), "in place", {
    write: (value) => host({ [name]: value * unit }),
    read: ({ container }, said) => {
      const value = container.HostConfig[name] as number | undefined;
      if (!value || (value === removed && said === undefined)) return undefined;
      return value / unit;
    },
  });
}

function deviceLimit(name: NamesOf<readonly DeviceRate[]>) {
  return row(deviceRates, "fixed", {
    write: (rates) => host({ [name]: rates.map(({ path, rate }) => ({ Path: path, Rate: rate })) }),
    read: ({ container }) =>
      nonEmpty(container.HostConfig[name] as readonly DeviceRate[] | null | undefined)?.map(
        ({ Path, Rate }) => ({
          path: Path,
          rate: Rate,
        }),
      ),
  });
}

function host(HostConfig: HostConfig): ContainerBody {
  return { HostConfig };
}

function unlessFromImage<Name extends "Cmd" | "Entrypoint" | "StopSignal" | "User" | "WorkingDir">(
  name: Name,
  { container, image }: SeenContainer,
  said: unknown,
): NonNullable<ContainerConfig[Name]> | undefined {
  const seen = container.Config[name] ?? undefined;
  if (said === undefined && sameAsImage(seen, image.Config?.[name])) return undefined;
  return seen;
}

function sameAsImage(seen: unknown, ofImage: unknown): boolean {
  const empty = (value: unknown) => !value || (Array.isArray(value) && value.length === 0);
  return (empty(seen) && empty(ofImage)) || JSON.stringify(seen) === JSON.stringify(ofImage);
}

/** Docker's notation for a bind: `source:target[:options]`. */
function seenBind(bind: string) {
  const [source = "", containerPath = "", options = ""] = bind.split(":");
  const words = options.split(",");
  const selinuxRelabel = words.find((word) => word === "z" || word === "Z");
  return {
    containerPath,
    ...(source.startsWith("/") ? { hostPath: source } : { volumeName: source }),
    ...(words.includes("ro") ? { readOnly: true } : {}),
    ...(selinuxRelabel === undefined ? {} : { selinuxRelabel }),
  };
}

function inNanoseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : nanoseconds(duration);
}

function inWords(duration: number | undefined): string | undefined {
  return duration ? durationText(duration) : undefined;
}

function splitOnce(joined: string, separator: string): string[] {
  const at = joined.indexOf(separator);
  return at < 0 ? [joined] : [joined.slice(0, at), joined.slice(at + separator.length)];
}

/** `values` when there are any. */
function nonEmpty<Value>(values: readonly Value[] | null | undefined): readonly Value[] | undefined {
  return values && values.length > 0 ? values : undefined;
}

/** `fields` when one of them is set. */
function filled<Fields extends object>(fields: Fields | null | undefined): Fields | undefined {
  return fields && Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

/** `fields` without those that are undefined. */
function present<Fields extends object>(
  fields: { [Name in keyof Fields]: Fields[Name] | undefined },
): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

/** Every value that a row reads is a Pulumi property. */
export type ContainerRow = (typeof containerProperties)[keyof typeof containerProperties] & {
  readonly write?: (value: never) => ContainerBody;
  readonly read?: (seen: SeenContainer, said: never) => PropertyValue | undefined;
};
