import type Docker from "dockerode";
import { routesOfThisMachine } from "../machine/routes.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { Subnet } from "../model/subnets.ts";
import { askDocker } from "./api.ts";
import { type DockerHost, isOnThisMachine } from "./host.ts";
import { hasReadyMark } from "./ready-mark.ts";

/** What there is on an engine, as far as planning needs it. Plain data. */
export interface EngineFacts {
  readonly networks: readonly ExistingNetwork[];
  /** Our containers, stopped ones too, whoever owns them, and everybody's that publish ports. */
  readonly containers: readonly ExistingContainer[];
  /**
   * The ranges that the engine's machine already sends somewhere. Empty for another machine than this one,
   * which cannot be asked.
   */
  readonly routes: readonly Subnet[];
}

export interface ExistingNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly Subnet[];
  readonly labels: Labels;
}

export interface ExistingContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly running: boolean;
  /** Undefined without a healthcheck. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** Undefined while it runs. */
  readonly exitCode?: number;
  /** The names of the networks that it is on, or would be if it ran. */
  readonly networks: readonly string[];
  readonly publishedPorts: readonly { readonly container: number; readonly host: number }[];
}

/** An engine on which there is nothing yet. */
export const NOTHING: EngineFacts = { networks: [], containers: [], routes: [] };

/** Looks at the engine. Two requests, and one for each running service that its output says to be ready. */
export async function readFacts(engine: DockerHost): Promise<EngineFacts> {
  const [networks, containers] = await Promise.all([
    askDocker<Docker.NetworkInspectInfo[]>(engine, "/networks"),
    askDocker<Docker.ContainerInfo[]>(engine, "/containers/json?all=1"),
  ]);
  return {
    networks: networks.map((network) => ({
      id: network.Id,
      name: network.Name,
      subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet: subnet }) =>
        subnet ? [subnet as Subnet] : [],
      ),
      labels: network.Labels ?? {},
    })),
    containers: await Promise.all(
      containers
        .map(existingContainer)
        .filter(isOursOrPublishes)
        .map((container) => withLogReadiness(engine, container)),
    ),
    routes: isOnThisMachine(engine) ? routesOfThisMachine() : [],
  };
}

function existingContainer(container: Docker.ContainerInfo): ExistingContainer {
  const running = container.State === "running";
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container.Status)?.[1];
  const exitCode = /^Exited \((\d+)\)/.exec(container.Status)?.[1];
  return {
    id: container.Id,
    name: (container.Names[0] ?? container.Id).replace(/^\//, ""),
    image: container.Image,
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

/** The engine knows no health of a service whose output says that it is ready. */
async function withLogReadiness(
  engine: DockerHost,
  container: ExistingContainer,
): Promise<ExistingContainer> {
  if (!container.running || container.labels[LABEL.readyByLog] === undefined) return container;
  const isReady = await hasReadyMark({ engine, container: container.id });
  return { ...container, health: isReady ? "healthy" : "starting" };
}

function isOursOrPublishes({ labels, publishedPorts }: ExistingContainer): boolean {
  return labels[LABEL.owner] !== undefined || publishedPorts.length > 0;
}
