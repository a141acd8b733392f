import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { askDocker } from "../../docker/api.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { DEFAULT_MTU, uplinkMtu } from "../../machine/uplink.ts";
import type { Check } from "../check.ts";
import {
  checkMachine,
  type DiskSpace,
  type EngineState,
  engineUnreachable,
  type MachineFacts,
  type NetworkFacts,
  type UserNamespaceFacts,
} from "./machine-checks.ts";

/** The timeout of a request to the engine, in milliseconds. */
const TIMEOUT = 5000;

/**
 * Inspects an engine and its machine without changes, by three requests to the engine.
 * @param findEngine the engine's address; an error of it becomes a finding
 */
export async function inspectMachine(findEngine: () => DockerHost): Promise<readonly Check[]> {
  try {
    return checkMachine(await readMachine(findEngine()));
  } catch (error) {
    return [engineUnreachable(error instanceof Error ? error.message : String(error))];
  }
}

async function readMachine(engine: DockerHost): Promise<MachineFacts> {
  const [version, info, networks] = await Promise.all([
    askDocker<VersionAnswer>(engine, "/version", { timeout: TIMEOUT }),
    askDocker<InfoAnswer>(engine, "/info", { timeout: TIMEOUT }),
    askDocker<readonly NetworkAnswer[]>(engine, "/networks", { timeout: TIMEOUT }),
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
    // Engines before 20.10 do not report it, and support only v1.
    cgroupVersion: info.CgroupVersion ?? "1",
    limitsMemory: info.MemoryLimit,
    ...(pools.length > 0 && { addressPools: pools }),
  };
}

function networkFacts({ Name, Internal, Options, IPAM }: NetworkAnswer): NetworkFacts {
  return {
    name: Name,
    internal: Internal,
    mtu: Number(Options?.["com.docker.network.driver.mtu"] ?? DEFAULT_MTU),
    subnets: (IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
  };
}

/** @param folder the root of the kernel's settings */
export function readUserNamespaces(folder = "/proc/sys"): UserNamespaceFacts {
  const setting = (name: string): number | undefined => {
    try {
      return Number(readFileSync(`${folder}/${name}`, "utf8"));
    } catch {
      return undefined;
    }
  };
  const max = setting("user/max_user_namespaces");
  const clone = setting("kernel/unprivileged_userns_clone");
  const restrict = setting("kernel/apparmor_restrict_unprivileged_userns");
  return {
    ...(max !== undefined && { max }),
    ...(clone !== undefined && { unprivileged: clone !== 0 }),
    ...(restrict !== undefined && { restricted: restrict !== 0 }),
  };
}

/**
 * The disk space of the engine's data folder. Undefined if the folder is not on this machine: the engine may
 * run in a container or a virtual machine.
 */
export async function diskOf(folder: string): Promise<DiskSpace | undefined> {
  try {
    if (isEngineFolder(folder) === false) return undefined;
    const { bavail, blocks, bsize } = await statfs(folder);
    return { folder, free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

/** Undefined without permission to read the folder, which statfs does not need. */
function isEngineFolder(folder: string): boolean | undefined {
  try {
    return statSync(`${folder}/containers`).isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? undefined : false;
  }
}
