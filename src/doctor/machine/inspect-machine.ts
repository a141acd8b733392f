import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type Docker from "dockerode";
import { askDocker } from "../../docker/api.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import type { Check } from "../check.ts";
import {
  checkMachine,
  type DiskSpace,
  type EngineInfo,
  type EngineVersion,
  engineUnreachable,
  type MachineFacts,
  USER_NAMESPACE_SETTINGS,
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
    askDocker<EngineVersion>(engine, "/version", { timeout: TIMEOUT }),
    askDocker<EngineInfo>(engine, "/info", { timeout: TIMEOUT }),
    askDocker<readonly Docker.NetworkInspectInfo[]>(engine, "/networks", { timeout: TIMEOUT }),
  ]);
  const isLocal = isOnThisMachine(engine);
  const disk = isLocal ? await diskOf(info.DockerRootDir) : undefined;
  return {
    ...{ host: engine.host, version, info },
    networks: networks.filter(({ Driver }) => Driver === "bridge"),
    ...(isLocal && { uplinkMtu: uplinkMtu(), userNamespaces: readUserNamespaces() }),
    ...(disk && { disk }),
  };
}

/** @param folder the root of the kernel's settings */
export function readUserNamespaces(folder = "/proc/sys"): UserNamespaceFacts {
  const values = USER_NAMESPACE_SETTINGS.map(({ name }) => {
    try {
      return [name, Number(readFileSync(`${folder}/${name.replace(".", "/")}`, "utf8"))] as const;
    } catch {
      return undefined;
    }
  });
  return Object.fromEntries(values.filter((value) => value !== undefined));
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
