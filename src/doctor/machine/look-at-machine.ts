import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { askDocker } from "../../docker/api.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import type { Check } from "../check.ts";
import { checkMachine, engineDoesNotAnswer } from "./machine-checks.ts";
import type {
  DiskSpace,
  EngineState,
  MachineFacts,
  NetworkFacts,
  UserNamespaceFacts,
} from "./machine-facts.ts";

/** Milliseconds that an engine has to begin an answer. */
const PATIENCE = 5000;
/** What Docker gives a network that says nothing about it. */
const DOCKERS_MTU = 1500;

/**
 * Looks at an engine and the machine it is on, changing nothing. Three requests to the engine, none
 * elsewhere.
 * @param findEngine where the engine is; what it throws is a finding
 */
export async function lookAtMachine(findEngine: () => DockerHost): Promise<readonly Check[]> {
  try {
    return checkMachine(await readMachine(findEngine()));
  } catch (error) {
    return [engineDoesNotAnswer(error instanceof Error ? error.message : String(error))];
  }
}

async function readMachine(engine: DockerHost): Promise<MachineFacts> {
  const [version, info, networks] = await Promise.all([
    askDocker<VersionAnswer>(engine, "/version", { timeout: PATIENCE }),
    askDocker<InfoAnswer>(engine, "/info", { timeout: PATIENCE }),
    askDocker<readonly NetworkAnswer[]>(engine, "/networks", { timeout: PATIENCE }),
  ]);
  const isLocal = isOnThisMachine(engine);
  const disk = isLocal ? await diskOf(info.DockerRootDir) : undefined;
  return {
    engine: engineState(engine.host, version, info),
    networks: networks.filter(({ Driver }) => Driver === "bridge").map(networkFacts),
    ...(isLocal && { uplinkMtu: uplinkMtu(), userNamespaces: readUserNamespaces() }),
    ...(disk && { disk }),
  };
}

interface VersionAnswer {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
}

interface InfoAnswer {
  readonly Driver: string;
  readonly DockerRootDir: string;
  readonly CgroupVersion?: string;
  readonly MemoryLimit: boolean;
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null;
}

interface NetworkAnswer {
  readonly Name: string;
  readonly Driver: string;
  readonly Internal: boolean;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string }[] | null };
}

function engineState(host: string, version: VersionAnswer, info: InfoAnswer): EngineState {
  const pools = (info.DefaultAddressPools ?? []).map(({ Base, Size }) => ({ base: Base, size: Size }));
  return {
    host,
    version: version.Version,
    apiVersion: version.ApiVersion,
    oldestApiVersion: version.MinAPIVersion ?? version.ApiVersion,
    storageDriver: info.Driver,
    // Engines before 20.10 do not say, and know v1 alone.
    cgroupVersion: info.CgroupVersion ?? "1",
    limitsMemory: info.MemoryLimit,
    ...(pools.length > 0 && { addressPools: pools }),
  };
}

function networkFacts({ Name, Internal, Options, IPAM }: NetworkAnswer): NetworkFacts {
  return {
    name: Name,
    internal: Internal,
    mtu: Number(Options?.["com.docker.network.driver.mtu"] ?? DOCKERS_MTU),
    subnets: (IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
  };
}

/** @param folder where the kernel shows its settings */
export function readUserNamespaces(folder = "/proc/sys"): UserNamespaceFacts {
  const setting = (name: string): number | undefined => {
    try {
      return Number(readFileSync(`${folder}/${name}`, "utf8"));
    } catch {
      return undefined;
    }
  };
  const most = setting("user/max_user_namespaces");
  const clone = setting("kernel/unprivileged_userns_clone");
  const restrict = setting("kernel/apparmor_restrict_unprivileged_userns");
  return {
    ...(most !== undefined && { most }),
    ...(clone !== undefined && { unprivileged: clone !== 0 }),
    ...(restrict !== undefined && { restricted: restrict !== 0 }),
  };
}

/**
 * The engine may have a file system of its own, or be in a virtual machine: then its folder is not here. Who
 * may not look into it can still ask for the room.
 */
export async function diskOf(folder: string): Promise<DiskSpace | undefined> {
  try {
    if (isAnEngines(folder) === false) return undefined;
    const { bavail, blocks, bsize } = await statfs(folder);
    return { folder, free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

/** Undefined for whoever may not look. */
function isAnEngines(folder: string): boolean | undefined {
  try {
    return statSync(`${folder}/containers`).isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? undefined : false;
  }
}
