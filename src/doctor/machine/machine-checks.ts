import { countSubnets, DEFAULT_POOLS } from "../../docker/address-pools.ts";
import { CONFIGURE_SMALLER_SUBNETS } from "../../gitlab/runner/host-limits.ts";
import type { Check } from "../check.ts";
import type {
  DiskSpace,
  EngineState,
  MachineFacts,
  NetworkFacts,
  UserNamespaceFacts,
} from "./machine-facts.ts";

/**
 * Since this version a healthcheck has a separate interval during the start of a service (`start_interval`):
 * https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes
 */
const API_WITH_START_INTERVAL = 1.44;
/** Clients in jobs are often older than the engine. */
const API_OF_OLD_CLIENTS = 1.41;
const FEW_NETWORKS = 5;
const GIB = 1024 ** 3;

/** The checks of a machine that runs jobs. */
export function checkMachine({
  engine,
  networks,
  uplinkMtu,
  userNamespaces,
  disk,
}: MachineFacts): readonly Check[] {
  return [
    { id: "engine", state: "good", finding: `Docker ${engine.version} at ${engine.host}` },
    checkApi(engine),
    checkStorage(engine),
    checkCgroup(engine),
    checkMtu(networks, uplinkMtu),
    checkAddressPools(engine, networks),
    checkUserNamespaces(userNamespaces),
    checkDisk(disk),
  ];
}

/** The check of a machine without a reachable engine. */
export function engineUnreachable(reason: string): Check {
  return {
    id: "engine",
    state: "problem",
    finding: `the Docker engine is unreachable: ${reason}`,
    remedy: "Start it, or set DOCKER_HOST to a running one; `npm start` sets up an engine if there is none.",
  };
}

function checkApi({ apiVersion, oldestApiVersion, version }: EngineState): Check {
  const finding = `API ${oldestApiVersion} to ${apiVersion}`;
  if (minor(apiVersion) < minor(API_WITH_START_INTERVAL)) {
    const remedy =
      `Use Docker 25 or newer: Docker ${version} has no start interval for healthchecks, so services ` +
      "become ready seconds later.";
    return { id: "api", state: "warning", finding, remedy };
  }
  if (minor(oldestApiVersion) > minor(API_OF_OLD_CLIENTS)) {
    const remedy =
      "Use Docker 29.3 or newer, or set DOCKER_MIN_API_VERSION=1.41 for the engine: it rejects older " +
      "Docker clients in jobs.";
    return { id: "api", state: "warning", finding, remedy };
  }
  return { id: "api", state: "good", finding };
}

/** The part of an API version after the dot, for comparison: 1.9 is older than 1.44. */
function minor(version: string | number): number {
  return Number(String(version).split(".")[1] ?? 0);
}

function checkStorage({ storageDriver }: EngineState): Check {
  const id = "storage";
  const finding = `storage driver ${storageDriver}`;
  if (storageDriver === "vfs") {
    const remedy =
      "Move the engine's data folder to ext4 or xfs, which overlay2 requires: with vfs each layer is a " +
      "full copy.";
    return { id, state: "problem", finding, remedy };
  }
  if (storageDriver === "fuse-overlayfs" || storageDriver === "devicemapper") {
    const remedy =
      "Move the engine's data folder to ext4 or xfs, and use overlay2: this driver slows builds down.";
    return { id, state: "warning", finding, remedy };
  }
  return { id, state: "good", finding };
}

function checkCgroup({ cgroupVersion, limitsMemory }: EngineState): Check {
  const id = "cgroup";
  const finding = `cgroup v${cgroupVersion}`;
  if (!limitsMemory) {
    const remedy =
      "Enable the memory controller (cgroup_enable=memory): memory limits of services and jobs have no " +
      "effect.";
    return { id, state: "problem", finding: `${finding}, without memory limits`, remedy };
  }
  if (cgroupVersion === "1") {
    const remedy = "Move to v2: Docker supports v1 until May 2029. Nested daemons since 20.10 run on v2.";
    return { id, state: "warning", finding, remedy };
  }
  return { id, state: "good", finding };
}

function checkMtu(networks: readonly NetworkFacts[], uplink: number | undefined): Check {
  const id = "mtu";
  if (uplink === undefined) {
    return { id, state: "unknown", finding: "MTU not measured: the engine is on another machine" };
  }
  const tooLarge = networks.filter(({ internal, mtu }) => !internal && mtu > uplink);
  if (tooLarge.length === 0)
    return { id, state: "good", finding: `MTU ${uplink} on the uplink, and at most that in every network` };
  const option = `com.docker.network.driver.mtu=${uplink}`;
  const remedy = tooLarge.some(({ name }) => name === "bridge")
    ? `Start the engine with --mtu=${uplink}, and create other networks with ${option}.`
    : `Recreate them with ${option}; for networks of GitLab jobs, set network_mtu = ${uplink} in ` +
      "config.toml.";
  const networksInFinding = listed(tooLarge.map(({ name, mtu }) => `${mtu} in ${name}`));
  const finding = `MTU ${uplink} on the uplink, but ${networksInFinding}: large packets are dropped`;
  return { id, state: "problem", finding, remedy };
}

function checkAddressPools(
  { addressPools = DEFAULT_POOLS }: EngineState,
  networks: readonly NetworkFacts[],
): Check {
  const id = "address-pools";
  const { all, free } = countSubnets(
    addressPools,
    networks.flatMap(({ subnets }) => subnets),
  );
  const finding = `${free} of ${all} subnets are free in the engine's address pools`;
  if (free >= FEW_NETWORKS) return { id, state: "good", finding };
  const remedy =
    `Remove unused networks, or ${CONFIGURE_SMALLER_SUBNETS}. Each job with its own network takes a ` +
    "subnet.";
  return { id, state: free === 0 ? "problem" : "warning", finding, remedy };
}

/** A warning at most: only jobs that declare userNamespaces need them. */
function checkUserNamespaces(facts: UserNamespaceFacts | undefined): Check {
  const id = "user-namespaces";
  if (!facts) {
    return {
      id,
      state: "unknown",
      finding: "user namespaces not checked: the engine is on another machine",
    };
  }
  const { max = 1, unprivileged = true, restricted = false } = facts;
  const forbidding = [
    ...(max === 0
      ? [{ finding: "user.max_user_namespaces is 0", setting: "user.max_user_namespaces=28633" }]
      : []),
    ...(unprivileged
      ? []
      : [
          {
            finding: "kernel.unprivileged_userns_clone is 0",
            setting: "kernel.unprivileged_userns_clone=1",
          },
        ]),
    ...(restricted
      ? [
          {
            finding: "kernel.apparmor_restrict_unprivileged_userns is 1",
            setting: "kernel.apparmor_restrict_unprivileged_userns=0",
          },
        ]
      : []),
  ];
  if (forbidding.length === 0) return { id, state: "good", finding: "jobs can create user namespaces" };
  const settings = forbidding.map(({ setting }) => setting).join(" ");
  return {
    id,
    state: "warning",
    finding: `jobs cannot create user namespaces: ${listed(forbidding.map(({ finding }) => finding))}`,
    remedy:
      `Run sysctl -w ${settings}, and add a file in /etc/sysctl.d with it: without, jobs with ` +
      "userNamespaces, such as image builds, fail.",
  };
}

function checkDisk(disk: DiskSpace | undefined): Check {
  const id = "disk";
  if (!disk)
    return {
      id,
      state: "unknown",
      finding: "disk space not measured: the engine's data folder is not on this machine",
    };
  const { folder, free, total } = disk;
  const finding = `${(free / GIB).toFixed(1)} GiB of ${(total / GIB).toFixed(0)} GiB free for ${folder}`;
  const remedy = "Remove unused images, volumes and build caches: `docker system df` shows their sizes.";
  if (free < 2 * GIB) return { id, state: "problem", finding, remedy };
  if (free < 10 * GIB) return { id, state: "warning", finding, remedy };
  return { id, state: "good", finding };
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 3);
  const rest = words.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
