/**
 * Containers in the Docker Engine API, as far as they are used here.
 * Source: https://docs.docker.com/reference/api/engine/, ContainerCreate and ContainerInspect.
 */
export interface ContainerConfig {
  Image?: string;
  Hostname?: string;
  Domainname?: string;
  User?: string;
  Env?: readonly string[] | null;
  Cmd?: readonly string[] | null;
  Entrypoint?: readonly string[] | null;
  WorkingDir?: string;
  Labels?: Readonly<Record<string, string>> | null;
  Volumes?: Readonly<Record<string, object>> | null;
  ExposedPorts?: Readonly<Record<string, object>> | null;
  OpenStdin?: boolean;
  Tty?: boolean;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  Healthcheck?: Healthcheck | null;
}

/** Durations in nanoseconds. */
export interface Healthcheck {
  Test?: readonly string[] | null;
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

export interface HostConfig {
  AutoRemove?: boolean;
  Binds?: readonly string[] | null;
  BlkioDeviceReadBps?: readonly DeviceRate[] | null;
  BlkioDeviceReadIOps?: readonly DeviceRate[] | null;
  BlkioDeviceWriteBps?: readonly DeviceRate[] | null;
  BlkioDeviceWriteIOps?: readonly DeviceRate[] | null;
  CapAdd?: readonly string[] | null;
  CapDrop?: readonly string[] | null;
  CgroupParent?: string;
  CgroupnsMode?: string;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuShares?: number;
  CpusetCpus?: string;
  DeviceCgroupRules?: readonly string[] | null;
  Devices?: readonly Device[] | null;
  Dns?: readonly string[] | null;
  DnsOptions?: readonly string[] | null;
  DnsSearch?: readonly string[] | null;
  ExtraHosts?: readonly string[] | null;
  GroupAdd?: readonly string[] | null;
  Init?: boolean | null;
  IpcMode?: string;
  LogConfig?: { Type?: string; Config?: Readonly<Record<string, string>> | null };
  /** Bytes, like MemoryReservation, MemorySwap and ShmSize. */
  Memory?: number;
  MemoryReservation?: number;
  MemorySwap?: number;
  Mounts?: readonly Mount[] | null;
  NanoCpus?: number;
  NetworkMode?: string;
  PidMode?: string;
  PortBindings?: Readonly<Record<string, readonly PortBinding[] | null>> | null;
  Privileged?: boolean;
  PublishAllPorts?: boolean;
  ReadonlyRootfs?: boolean;
  RestartPolicy?: { Name?: string; MaximumRetryCount?: number };
  Runtime?: string;
  SecurityOpt?: readonly string[] | null;
  ShmSize?: number;
  StorageOpt?: Readonly<Record<string, string>> | null;
  Sysctls?: Readonly<Record<string, string>> | null;
  Tmpfs?: Readonly<Record<string, string>> | null;
  Ulimits?: readonly { Name: string; Soft: number; Hard: number }[] | null;
  UsernsMode?: string;
  VolumesFrom?: readonly string[] | null;
}

export interface DeviceRate {
  Path: string;
  Rate: number;
}

export interface Device {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

export interface Mount {
  Type: string;
  Target: string;
  Source?: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Readonly<Record<string, string>>;
    Subpath?: string;
    DriverConfig?: { Name?: string; Options?: Readonly<Record<string, string>> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface Endpoint {
  Aliases?: readonly string[] | null;
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: readonly string[] } | null;
  DriverOpts?: Readonly<Record<string, string>> | null;
  MacAddress?: string;
}

/** The body of ContainerCreate. */
export interface ContainerBody extends ContainerConfig {
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig: Readonly<Record<string, Endpoint>> };
}

/** The answer of ContainerInspect. */
export interface InspectedContainer {
  Id: string;
  Name: string;
  /** The id of the image. */
  Image: string;
  Platform?: string;
  RestartCount?: number;
  Config: ContainerConfig;
  HostConfig: HostConfig;
  State: {
    Status: string;
    Running: boolean;
    Restarting: boolean;
    OOMKilled: boolean;
    ExitCode: number;
    Error: string;
    Health?: { Status: string; Log?: readonly { ExitCode: number; Output: string }[] | null } | null;
  };
  NetworkSettings: {
    Ports?: Readonly<Record<string, readonly PortBinding[] | null>> | null;
    Networks?: Readonly<Record<string, InspectedEndpoint>> | null;
  };
}

export interface InspectedEndpoint extends Endpoint {
  NetworkID: string;
  Gateway?: string;
  IPAddress?: string;
  IPPrefixLen?: number;
  IPv6Gateway?: string;
  GlobalIPv6Address?: string;
  GlobalIPv6PrefixLen?: number;
}

/** The answer of ImageInspect. */
export interface InspectedImage {
  Id: string;
  RepoTags?: readonly string[] | null;
  RepoDigests?: readonly string[] | null;
  Config?: ContainerConfig | null;
}
