import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { askDocker } from "../../docker/api.ts";
import { noEngine } from "../../docker/engine-host.ts";
import { type EngineSearch, whyTaken } from "../../docker/find-engine.ts";
import { type DockerHost, isBySsh, isOnThisMachine } from "../../docker/host.ts";
import { portAccess } from "../../docker/port-access.ts";
import type { Environment } from "../../machine/environment.ts";
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
 * Inspects an engine and its machine without changes, by a few requests to the engine.
 * @param search finds the engine; an error of it becomes a finding
 */
export async function inspectMachine(
  search: () => Promise<EngineSearch>,
  environment: Environment,
): Promise<readonly Check[]> {
  try {
    const { found, failed } = await search();
    if (found !== undefined)
      return checkMachine(await readMachine(found.engine, whyTaken(found.engine, failed), environment));
    if (failed.length === 0) throw noEngine();
    return [engineUnreachable(failed.map(({ engine, reason }) => `${engine.host}: ${reason}`).join("; "))];
  } catch (error) {
    return [engineUnreachable(error instanceof Error ? error.message : String(error))];
  }
}

async function readMachine(
  engine: DockerHost,
  origin: string,
  environment: Environment,
): Promise<MachineFacts> {
  const [version, info, networks] = await Promise.all([
    askDocker<EngineVersion>(engine, "/version", { timeout: TIMEOUT }),
    askDocker<EngineInfo>(engine, "/info", { timeout: TIMEOUT }),
    askDocker<readonly Docker.NetworkInspectInfo[]>(engine, "/networks", { timeout: TIMEOUT }),
  ]);
  const isLocal = isOnThisMachine(engine);
  const disk = isLocal ? await diskOf(info.DockerRootDir) : undefined;
  return {
    ...{ host: engine.host, origin, version, info },
    ...(!isBySsh(engine) && { access: await portAccess(engine, environment) }),
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
    // Docker's, and Podman's.
    return ["containers", "libpod"].some((part) => statSync(join(folder, part), { throwIfNoEntry: false }));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? undefined : false;
  }
}
