import type Docker from "dockerode";
import { countSubnets, DEFAULT_POOLS } from "../../docker/address-pools.ts";
import { API_WITH_START_INTERVAL, minor } from "../../docker/engine-api.ts";
import { OWN_ENGINE } from "../../docker/engine-host.ts";
import { LOOPBACK, type PortAccess, PUBLISHED_HOST } from "../../docker/port-access.ts";
import { CONFIGURE_SMALLER_SUBNETS } from "../../gitlab/runner/host-limits.ts";
import { DEFAULT_MTU } from "../../machine/uplink.ts";
import { type Check, failed, good, uncertain, warning } from "../check.ts";

/** The properties of a machine that make jobs fail: what its engine and kernel answer. Plain data. */
export interface MachineFacts {
  /** The engine's address: `unix:///var/run/docker.sock`. */
  readonly host: string;
  /** Why this engine, and why not those before it. */
  readonly origin: string;
  /** How this process reaches published ports. Absent for an engine with a tunnel. */
  readonly access?: PortAccess;
  readonly version: EngineVersion;
  readonly info: EngineInfo;
  /** The bridge networks of the engine. */
  readonly networks: readonly EngineNetwork[];
  /** The MTU of the machine's uplink, in bytes; undefined when the engine is on another machine. */
  readonly uplinkMtu?: number;
  /** Undefined when the engine is on another machine. */
  readonly userNamespaces?: UserNamespaceFacts;
  /** The disk with the engine's data; undefined when it is not on this machine. */
  readonly disk?: DiskSpace;
}

/** https://docs.docker.com/reference/api/engine/version/v1.44/#tag/System/operation/SystemVersion */
export type EngineVersion = Pick<Docker.DockerVersion, "Version" | "ApiVersion"> &
  Partial<Pick<Docker.DockerVersion, "MinAPIVersion">> & {
    readonly Components?: readonly { readonly Name: string }[];
  };

/** https://docs.docker.com/reference/api/engine/version/v1.44/#tag/System/operation/SystemInfo */
export interface EngineInfo {
  readonly Driver: string;
  readonly DockerRootDir: string;
  /** Engines before 20.10 do not report it, and support only v1. */
  readonly CgroupVersion?: string;
  readonly MemoryLimit: boolean;
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null;
}

export type EngineNetwork = Pick<Docker.NetworkInspectInfo, "Name" | "Internal" | "Options" | "IPAM">;

/** The kernel's settings for user namespaces that this kernel has, with their values. */
export type UserNamespaceFacts = Readonly<Record<string, number>>;

/** The kernel's settings for user namespaces. A missing one forbids nothing. */
export const USER_NAMESPACE_SETTINGS = [
  { name: "user.max_user_namespaces", allows: (value: number) => value !== 0, remedy: 28_633 },
  // Only on Debian: whether users other than root may create them.
  { name: "kernel.unprivileged_userns_clone", allows: (value: number) => value !== 0, remedy: 1 },
  // Only on Ubuntu: AppArmor removes their capabilities.
  {
    name: "kernel.apparmor_restrict_unprivileged_userns",
    allows: (value: number) => value === 0,
    remedy: 0,
  },
];

/** The disk space of a folder, in bytes. */
export interface DiskSpace {
  readonly folder: string;
  readonly free: number;
  readonly total: number;
}

/** Clients in jobs are often older than the engine. */
const API_OF_OLD_CLIENTS = "1.41";
const FEW_NETWORKS = 5;
const GIB = 1024 ** 3;

export function checkMachine(machine: MachineFacts): readonly Check[] {
  const { host, origin, access, version, info, networks } = machine;
  return [
    good("engine", `${isPodman(version) ? "Podman" : "Docker"} ${version.Version} at ${host} (${origin})`),
    ...checkAccess(access),
    checkApi(version),
    checkStorage(info),
    checkCgroup(info, isPodman(version)),
    checkMtu(networks, machine.uplinkMtu, isPodman(version)),
    ...(isPodman(version) ? [] : [checkAddressPools(info, networks)]),
    checkUserNamespaces(machine.userNamespaces),
    checkDisk(machine.disk),
  ];
}

/** The check of a machine without a reachable engine. */
export function engineUnreachable(reason: string): Check {
  const remedy = `Start it, or set DOCKER_HOST to a running one; ${OWN_ENGINE}.`;
  return failed("engine", `the Docker engine is unreachable: ${reason}`, remedy);
}

/** Nothing is said of an engine whose loopback is this machine's, or that has a tunnel. */
function checkAccess(access: PortAccess | undefined): readonly Check[] {
  if (access === undefined || access.host === LOOPBACK) return [];
  const { host, because } = access;
  const id = "published-ports";
  if (host !== undefined) return [good(id, `published ports are reached at ${host}: ${because}`)];
  const remedy =
    "run -- COMMAND, start and env do not reach services. Name the engine as ssh://USER@HOST, or set " +
    `${PUBLISHED_HOST} to an address of its machine that this process reaches.`;
  return [warning(id, `published ports are not reached: ${because}`, remedy)];
}

function isPodman({ Components }: EngineVersion): boolean {
  return Components?.some(({ Name }) => Name === "Podman Engine") ?? false;
}

function checkApi(version: EngineVersion): Check {
  const { Version, ApiVersion, MinAPIVersion = ApiVersion } = version;
  const id = "api";
  const finding = `API ${MinAPIVersion} to ${ApiVersion}`;
  if (isPodman(version))
    return good(id, `${finding}; Nestbox runs the probes itself until services are ready`);
  const late =
    `Use Docker 25 or newer: Docker ${Version} has no start interval for healthchecks. Nestbox runs the ` +
    "probes itself until services are ready; docker ps lists them as starting until Docker's first probe.";
  if (minor(ApiVersion) < minor(API_WITH_START_INTERVAL)) return warning(id, finding, late);
  const rejects =
    "Use Docker 29.3 or newer, or set DOCKER_MIN_API_VERSION=1.41 for the engine: it rejects older " +
    "Docker clients in jobs.";
  if (minor(MinAPIVersion) > minor(API_OF_OLD_CLIENTS)) return warning(id, finding, rejects);
  return good(id, finding);
}

function checkStorage({ Driver }: EngineInfo): Check {
  const id = "storage";
  const finding = `storage driver ${Driver}`;
  const move = "Move the engine's data folder to ext4 or xfs,";
  if (Driver === "vfs")
    return failed(id, finding, `${move} which overlay2 requires: with vfs each layer is a full copy.`);
  if (Driver === "fuse-overlayfs" || Driver === "devicemapper")
    return warning(id, finding, `${move} and use overlay2: this driver slows builds down.`);
  return good(id, finding);
}

function checkCgroup({ CgroupVersion = "1", MemoryLimit }: EngineInfo, hasPodman: boolean): Check {
  const id = "cgroup";
  const finding = `cgroup v${CgroupVersion}`;
  const enable =
    "Enable the memory controller (cgroup_enable=memory): memory limits of services and jobs have no effect.";
  if (!MemoryLimit) return failed(id, `${finding}, without memory limits`, enable);
  const move = hasPodman
    ? "Move to v2: Podman supports v1 only until a later version."
    : "Move to v2: Docker supports v1 until May 2029. Nested daemons since 20.10 run on v2.";
  return CgroupVersion === "1" ? warning(id, finding, move) : good(id, finding);
}

function checkMtu(networks: readonly EngineNetwork[], uplink: number | undefined, hasPodman: boolean): Check {
  const id = "mtu";
  if (uplink === undefined) return uncertain(id, "MTU not measured: the engine is on another machine");
  // Podman's bridge has no setting for it. Nestbox creates its networks with one.
  const tooLarge = networks.filter(
    (network) => !network.Internal && mtuOf(network) > uplink && !(hasPodman && network.Name === "bridge"),
  );
  if (tooLarge.length === 0)
    return good(id, `MTU ${uplink} on the uplink, and at most that in every network`);
  const option = `com.docker.network.driver.mtu=${uplink}`;
  const remedy = tooLarge.some(({ Name }) => Name === "bridge")
    ? `Start the engine with --mtu=${uplink}, and create other networks with ${option}.`
    : `Recreate them with ${option}; for networks of GitLab jobs, set network_mtu = ${uplink} in ` +
      "config.toml.";
  const places = listed(tooLarge.map((network) => `${mtuOf(network)} in ${network.Name}`));
  return failed(id, `MTU ${uplink} on the uplink, but ${places}: large packets are dropped`, remedy);
}

function mtuOf({ Options }: EngineNetwork): number {
  // Podman reports it as mtu.
  return Number(Options?.["com.docker.network.driver.mtu"] ?? Options?.mtu ?? DEFAULT_MTU);
}

function checkAddressPools({ DefaultAddressPools }: EngineInfo, networks: readonly EngineNetwork[]): Check {
  const id = "address-pools";
  const pools = (DefaultAddressPools ?? []).map(({ Base, Size }) => ({ base: Base, size: Size }));
  const taken = networks.flatMap(({ IPAM }) => IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? []);
  const { all, free } = countSubnets(pools.length > 0 ? pools : DEFAULT_POOLS, taken);
  const finding = `${free} of ${all} subnets are free in the engine's address pools`;
  if (free >= FEW_NETWORKS) return good(id, finding);
  const remedy =
    `Remove unused networks, or ${CONFIGURE_SMALLER_SUBNETS}. Each job with its own network takes a ` +
    "subnet.";
  return (free === 0 ? failed : warning)(id, finding, remedy);
}

/** A warning at most: only jobs that declare userNamespaces need them. */
function checkUserNamespaces(facts: UserNamespaceFacts | undefined): Check {
  const id = "user-namespaces";
  if (!facts) return uncertain(id, "user namespaces not checked: the engine is on another machine");
  const settings = USER_NAMESPACE_SETTINGS.flatMap(({ name, allows, remedy }) => {
    const value = facts[name];
    return value === undefined || allows(value) ? [] : [{ name, value, remedy }];
  });
  if (settings.length === 0) return good(id, "jobs can create user namespaces");
  const findings = listed(settings.map(({ name, value }) => `${name} is ${value}`));
  const changes = settings.map(({ name, remedy }) => `${name}=${remedy}`).join(" ");
  return warning(
    id,
    `jobs cannot create user namespaces: ${findings}`,
    `Run sysctl -w ${changes}, and add a file in /etc/sysctl.d with it: without, jobs with ` +
      "userNamespaces, such as image builds, fail.",
  );
}

function checkDisk(disk: DiskSpace | undefined): Check {
  const id = "disk";
  if (!disk) return uncertain(id, "disk space not measured: the engine's data folder is not on this machine");
  const { folder, free, total } = disk;
  const finding = `${(free / GIB).toFixed(1)} GiB of ${(total / GIB).toFixed(0)} GiB free for ${folder}`;
  const remedy = "Remove unused images, volumes and build caches: `docker system df` shows their sizes.";
  if (free < 2 * GIB) return failed(id, finding, remedy);
  return free < 10 * GIB ? warning(id, finding, remedy) : good(id, finding);
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 3);
  const rest = words.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
