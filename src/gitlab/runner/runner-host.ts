import { countSubnets, DOCKERS_POOLS } from "../../docker/address-pools.ts";
import { askDocker } from "../../docker/api.ts";
import { type DockerHost, isOnThisMachine } from "../../docker/host.ts";
import { uplinkMtu } from "../../machine/uplink.ts";

/** What matters to runners about the engine on which their jobs run, and the machine it is on. Plain data. */
export interface RunnerHost {
  /**
   * Its address in the engine's default bridge: containers on every network with a way out reach it.
   * Undefined where there is no such bridge.
   */
  readonly bridgeAddress?: string;
  /** How many networks its address pools hold in all, and how many when no job runs. */
  readonly networks: { readonly all: number; readonly free: number };
  /** The MTU of its way out, in bytes; undefined when the engine is on another machine. */
  readonly uplinkMtu?: number;
}

/** The label of what gitlab-runner makes for a job, its network too. */
const OF_A_JOB = "com.gitlab.gitlab-runner.managed";

/** Looks at an engine, changing nothing. Two requests. */
export async function lookAtRunnerHost(engine: DockerHost): Promise<RunnerHost> {
  const [info, networks] = await Promise.all([
    askDocker<InfoAnswer>(engine, "/info"),
    askDocker<readonly NetworkAnswer[]>(engine, "/networks"),
  ]);
  const bridge = networks.find(
    ({ Options }) => Options?.["com.docker.network.bridge.default_bridge"] === "true",
  );
  const bridgeAddress = bridge?.IPAM.Config?.find(({ Gateway }) => Gateway?.includes("."))?.Gateway;
  const pools = (info.DefaultAddressPools ?? []).map(({ Base, Size }) => ({ base: Base, size: Size }));
  const lasting = networks.filter(({ Labels }) => Labels?.[OF_A_JOB] !== "true");
  return {
    ...(bridgeAddress !== undefined && { bridgeAddress }),
    networks: countSubnets(
      pools.length > 0 ? pools : DOCKERS_POOLS,
      lasting.flatMap(({ IPAM }) => (IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? [])),
    ),
    ...(isOnThisMachine(engine) && { uplinkMtu: uplinkMtu() }),
  };
}

interface InfoAnswer {
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null;
}

interface NetworkAnswer {
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly IPAM: {
    readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null;
  };
}
