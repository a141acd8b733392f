import type Docker from "dockerode";
import { countSubnets, DEFAULT_POOLS } from "../../docker/address-pools.ts";
import { askDocker } from "../../docker/api.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { uplinkMtu } from "../../machine/uplink.ts";
import { JOB_LABEL } from "./runners.ts";

/** The host of runners: the engine of their jobs, and its machine. Plain data. */
export interface RunnerHost {
  /**
   * The host's address in the engine's default bridge, reachable from all but internal networks.
   * Undefined without a default bridge.
   */
  readonly bridgeAddress?: string;
  /** The subnets of the engine's address pools: all, and those free while no job runs. */
  readonly networks: { readonly all: number; readonly free: number };
  /** The MTU of the host's uplink, in bytes; undefined when the engine is on another machine. */
  readonly uplinkMtu?: number;
}

/** Inspects an engine without changes, by two requests. */
export async function inspectRunnerHost(engine: DockerHost): Promise<RunnerHost> {
  const [info, networks] = await Promise.all([
    askDocker<InfoAnswer>(engine, "/info"),
    askDocker<readonly Docker.NetworkInspectInfo[]>(engine, "/networks"),
  ]);
  const bridge = networks.find(
    ({ Options }) => Options?.["com.docker.network.bridge.default_bridge"] === "true",
  );
  const bridgeAddress = bridge?.IPAM?.Config?.find(({ Gateway }) => Gateway?.includes("."))?.Gateway;
  const pools = (info.DefaultAddressPools ?? []).map(({ Base, Size }) => ({ base: Base, size: Size }));
  const lasting = networks.filter(({ Labels }) => Labels?.[JOB_LABEL.managed] !== "true");
  return {
    ...(bridgeAddress !== undefined && { bridgeAddress }),
    networks: countSubnets(
      pools.length > 0 ? pools : DEFAULT_POOLS,
      lasting.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? [])),
    ),
    ...(isOnThisMachine(engine) && { uplinkMtu: uplinkMtu() }),
  };
}

interface InfoAnswer {
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null;
}
