import type Docker from "dockerode";
import { routesOfThisMachine } from "../machine/routes.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { Subnet } from "../model/subnets.ts";
import { askDocker } from "./api.ts";
import { type DockerHost, isOnThisMachine } from "./host.ts";
import { containerName } from "./listing.ts";
import { hasReadyMark } from "./ready-mark.ts";

/** The facts about an engine that planning needs. Plain data. */
export interface EngineFacts {
  readonly networks: readonly ExistingNetwork[];
  /** The containers of all owners, stopped ones too, and other containers that publish ports. */
  readonly containers: readonly ExistingContainer[];
  /** The destinations of the routes of the engine's machine. Empty for another machine than this one. */
  readonly routes: readonly Subnet[];
}

export interface ExistingNetwork {
  readonly name: string;
  readonly subnets: readonly Subnet[];
  readonly labels: Labels;
}

export interface ExistingContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  readonly running: boolean;
  /** Undefined without a healthcheck. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** Undefined while it runs. */
  readonly exitCode?: number;
  /** The names of its networks, also while it is stopped. */
  readonly networks: readonly string[];
  readonly publishedPorts: readonly { readonly container: number; readonly host: number }[];
}

/** The facts about an engine without networks and containers. */
export const NO_FACTS: EngineFacts = { networks: [], containers: [], routes: [] };

/** Reads the facts about an engine. Two requests, and one for each running service with a `log` probe. */
export async function readFacts(engine: DockerHost): Promise<EngineFacts> {
  const [network, containers] = await Promise.all([
    readNetworks(engine),
    askDocker<Docker.ContainerInfo[]>(engine, "/containers/json?all=1"),
  ]);
  const existing = containers
    .map(existingContainer)
    .filter(({ labels, publishedPorts }) => labels[LABEL.owner] !== undefined || publishedPorts.length > 0);
  const known = existing.map((container) => withLogReadiness(engine, container));
  return { ...network, containers: await Promise.all(known) };
}

/** Reads the networks of an engine and the routes of its machine. One request. */
export async function readNetworks(engine: DockerHost): Promise<Pick<EngineFacts, "networks" | "routes">> {
  const networks = await askDocker<Docker.NetworkInspectInfo[]>(engine, "/networks");
  return {
    networks: networks.map((network) => ({
      name: network.Name,
      subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet: subnet }) =>
        subnet ? [subnet as Subnet] : [],
      ),
      labels: network.Labels ?? {},
    })),
    routes: isOnThisMachine(engine) ? routesOfThisMachine() : [],
  };
}

function existingContainer(container: Docker.ContainerInfo): ExistingContainer {
  const running = container.State === "running";
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container.Status)?.[1];
  const exitCode = /^Exited \((\d+)\)/.exec(container.Status)?.[1];
  return {
    id: container.Id,
    name: containerName(container),
    labels: container.Labels,
    running,
    ...(running && health ? { health: health as "starting" | "healthy" | "unhealthy" } : {}),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    networks: Object.keys(container.NetworkSettings?.Networks ?? {}),
    publishedPorts: container.Ports.flatMap(({ PrivatePort, PublicPort }) =>
      PublicPort ? [{ container: PrivatePort, host: PublicPort }] : [],
    ),
  };
}

/** Adds the health of a service with a `log` probe: the engine has no healthcheck for it. */
async function withLogReadiness(
  engine: DockerHost,
  container: ExistingContainer,
): Promise<ExistingContainer> {
  if (!container.running || container.labels[LABEL.readyByLog] === undefined) return container;
  const isReady = await hasReadyMark({ engine, container: container.id });
  return { ...container, health: isReady ? "healthy" : "starting" };
}
