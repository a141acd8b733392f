import { countSubnets, DOCKERS_POOLS } from "../../docker/address-pools.ts";
import type { Check } from "../check.ts";
import type {
  DiskSpace,
  EngineState,
  MachineFacts,
  NetworkFacts,
  UserNamespaceFacts,
} from "./machine-facts.ts";

/**
 * Since this version a healthcheck may look more often while a service starts (`start_interval`):
 * https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes
 */
const API_WITH_START_INTERVAL = 1.44;
/** Clients in jobs are often older than the engine; 29.3 itself went back to this. */
const API_OF_OLD_CLIENTS = 1.41;
const FEW_NETWORKS = 5;
const GIB = 1024 ** 3;

/** What is good and bad about a machine that runs jobs. */
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

/** What there is to say about a machine whose engine does not answer. */
export function engineDoesNotAnswer(reason: string): Check {
  return {
    id: "engine",
    state: "problem",
    finding: `the Docker engine does not answer: ${reason}`,
    remedy: "Start it, or set DOCKER_HOST to one that runs; `npm start` sets one up where there is none.",
  };
}

function checkApi({ apiVersion, oldestApiVersion, version }: EngineState): Check {
  const finding = `API ${oldestApiVersion} to ${apiVersion}`;
  if (minor(apiVersion) < minor(API_WITH_START_INTERVAL)) {
    const remedy = `Docker ${version} cannot look more often while a service starts, so services are ready seconds later than they could be: use Docker 25 or newer.`;
    return { id: "api", state: "warning", finding, remedy };
  }
  if (minor(oldestApiVersion) > minor(API_OF_OLD_CLIENTS)) {
    const remedy =
      "Older Docker clients in jobs are refused: use Docker 29.3 or newer, or set DOCKER_MIN_API_VERSION=1.41 for the engine.";
    return { id: "api", state: "warning", finding, remedy };
  }
  return { id: "api", state: "good", finding };
}

/** API versions are compared by what stands behind the dot: 1.9 is older than 1.44. */
function minor(version: string | number): number {
  return Number(String(version).split(".")[1] ?? 0);
}

function checkStorage({ storageDriver }: EngineState): Check {
  const id = "storage";
  const finding = `storage driver ${storageDriver}`;
  if (storageDriver === "vfs") {
    const remedy =
      "Every layer is a whole copy. Put the engine's data folder on ext4 or xfs, so that it can use overlay2.";
    return { id, state: "problem", finding, remedy };
  }
  if (storageDriver === "fuse-overlayfs" || storageDriver === "devicemapper") {
    const remedy = "Slow for builds. Put the engine's data folder on ext4 or xfs, and use overlay2.";
    return { id, state: "warning", finding, remedy };
  }
  return { id, state: "good", finding };
}

function checkCgroup({ cgroupVersion, limitsMemory }: EngineState): Check {
  const id = "cgroup";
  const finding = `cgroup v${cgroupVersion}`;
  if (!limitsMemory) {
    const remedy =
      "Memory limits of services and jobs have no effect: turn the memory controller on (cgroup_enable=memory).";
    return { id, state: "problem", finding: `${finding}, without memory limits`, remedy };
  }
  if (cgroupVersion === "1") {
    const remedy = "Docker supports v1 until May 2029; nested daemons of 20.10 and newer run on v2.";
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
    return { id, state: "good", finding: `MTU ${uplink} on the way out, and in every network no more` };
  const remedy = tooLarge.some(({ name }) => name === "bridge")
    ? `Start the engine with --mtu=${uplink}, and make other networks with com.docker.network.driver.mtu=${uplink}.`
    : `Make them again with com.docker.network.driver.mtu=${uplink}; for GitLab's own, network_mtu = ${uplink} in config.toml.`;
  return {
    id,
    state: "problem",
    finding: `MTU ${uplink} on the way out, but ${listed(tooLarge.map(({ name, mtu }) => `${mtu} in ${name}`))}: large packets get lost`,
    remedy,
  };
}

function checkAddressPools(
  { addressPools = DOCKERS_POOLS }: EngineState,
  networks: readonly NetworkFacts[],
): Check {
  const id = "address-pools";
  const { all, free } = countSubnets(
    addressPools,
    networks.flatMap(({ subnets }) => subnets),
  );
  const finding = `room for ${free} more network${free === 1 ? "" : "s"} of ${all} in the engine's address pools`;
  if (free >= FEW_NETWORKS) return { id, state: "good", finding };
  const remedy =
    'Every job with its own network takes one. Remove unused networks, or give the engine smaller subnets in daemon.json: "default-address-pools": [{"base": "10.201.0.0/16", "size": 24}].';
  return { id, state: free === 0 ? "problem" : "warning", finding, remedy };
}

/** A warning at most: only jobs that say userNamespaces need them. */
function checkUserNamespaces(facts: UserNamespaceFacts | undefined): Check {
  const id = "user-namespaces";
  if (!facts) {
    return {
      id,
      state: "unknown",
      finding: "user namespaces not looked at: the engine is on another machine",
    };
  }
  const { most = 1, unprivileged = true, restricted = false } = facts;
  const forbidding = [
    ...(most === 0
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
  if (forbidding.length === 0)
    return { id, state: "good", finding: "user namespaces for jobs that make some" };
  const settings = forbidding.map(({ setting }) => setting).join(" ");
  return {
    id,
    state: "warning",
    finding: `no user namespaces for jobs: ${listed(forbidding.map(({ finding }) => finding))}`,
    remedy: `Jobs with userNamespaces, such as image builds, fail on this machine: sysctl -w ${settings}, and a file in /etc/sysctl.d with it.`,
  };
}

function checkDisk(disk: DiskSpace | undefined): Check {
  const id = "disk";
  if (!disk)
    return {
      id,
      state: "unknown",
      finding: "disk space not measured: the engine's data is not visible from here",
    };
  const { folder, free, total } = disk;
  const finding = `${(free / GIB).toFixed(1)} GiB of ${(total / GIB).toFixed(0)} GiB free for ${folder}`;
  const remedy =
    "Remove images, volumes and build caches that nobody needs: `docker system df` shows what takes the room.";
  if (free < 2 * GIB) return { id, state: "problem", finding, remedy };
  if (free < 10 * GIB) return { id, state: "warning", finding, remedy };
  return { id, state: "good", finding };
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 3);
  const rest = words.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
