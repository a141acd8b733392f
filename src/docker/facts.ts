import type { IncomingHttpHeaders } from "node:http";
import { json } from "node:stream/consumers";
import type Docker from "dockerode";
import { routesOfThisMachine } from "../machine/routes.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { Subnet } from "../model/subnets.ts";
import { callDocker } from "./api.ts";
import { hasStartInterval, isPodman, requireSupportedApi } from "./engine-api.ts";
import { type DockerHost, isOnThisMachine } from "./host.ts";
import { containerName, filterQuery, type ListFilters } from "./listing.ts";
import { hasReadyMark } from "./ready-mark.ts";

/** The facts about an engine that planning needs. Plain data. */
export interface EngineFacts {
  readonly networks: readonly ExistingNetwork[];
  /** The containers of all owners, stopped ones too, and other containers that publish ports. */
  readonly containers: readonly ExistingContainer[];
  /** The destinations of the routes of the engine's machine. Empty for another machine than this one. */
  readonly routes: readonly Subnet[];
  /** Whether it is Podman. */
  readonly isPodman: boolean;
}

export interface ExistingNetwork {
  readonly name: string;
  readonly subnets: readonly Subnet[];
  readonly labels: Labels;
  /** Whether it has no way out. */
  readonly internal: boolean;
  /** Those of its driver. */
  readonly options: Readonly<Record<string, string>>;
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
  /** The names of its volumes. */
  readonly volumes: readonly string[];
  readonly publishedPorts: readonly PublishedPort[];
}

export interface PublishedPort {
  readonly container: number;
  readonly host: number;
  /** Of the engine's machine. */
  readonly address: string;
  readonly protocol: string;
}

/** The facts about an engine without networks and containers. */
export const NO_FACTS: EngineFacts = { networks: [], containers: [], routes: [], isPodman: false };

/**
 * Reads the facts about an engine. Two requests, and one for each running service with a `log` probe.
 * @throws ConfigurationError for an engine that is too old
 */
export async function readFacts(engine: DockerHost): Promise<EngineFacts> {
  const [network, containers] = await Promise.all([readNetworks(engine), listed(engine, "all=1")]);
  const existing = containers.existing.filter(
    ({ labels, publishedPorts }) => labels[LABEL.owner] !== undefined || publishedPorts.length > 0,
  );
  const known = existing.map((container) => withReadiness(engine, container, containers.headers));
  return { ...network, containers: await Promise.all(known) };
}

/** Reads the networks of an engine and the routes of its machine. One request. */
export async function readNetworks(engine: DockerHost): Promise<Omit<EngineFacts, "containers">> {
  const { answer: networks, headers } = await ask<readonly Docker.NetworkInspectInfo[]>(engine, "/networks");
  return {
    networks: networks.map((network) => ({
      name: network.Name,
      subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet: subnet }) =>
        subnet ? [subnet as Subnet] : [],
      ),
      labels: network.Labels ?? {},
      internal: network.Internal,
      options: network.Options ?? {},
    })),
    routes: isOnThisMachine(engine) ? routesOfThisMachine() : [],
    isPodman: isPodman(headers),
  };
}

/** The containers that match all filters, stopped ones too. */
export async function readContainers(
  engine: DockerHost,
  filters: ListFilters,
): Promise<readonly ExistingContainer[]> {
  const { existing, headers } = await listed(engine, `all=1&${filterQuery(filters)}`);
  return Promise.all(existing.map((container) => withReadiness(engine, container, headers)));
}

async function listed(
  engine: DockerHost,
  query: string,
): Promise<{ readonly existing: readonly ExistingContainer[]; readonly headers: IncomingHttpHeaders }> {
  const path = `/containers/json?${query}`;
  const { answer, headers } = await ask<readonly Docker.ContainerInfo[]>(engine, path);
  return { existing: answer.map(existingContainer), headers };
}

/** @throws ConfigurationError for an engine that is too old */
async function ask<Answer>(
  engine: DockerHost,
  path: string,
): Promise<{ readonly answer: Answer; readonly headers: IncomingHttpHeaders }> {
  const message = await callDocker(engine, { method: "GET", path });
  const answer = (await json(message)) as Answer;
  requireSupportedApi(message.headers, engine);
  return { answer, headers: message.headers };
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
    volumes: (container.Mounts ?? []).flatMap(({ Name }) => Name ?? []),
    publishedPorts: container.Ports.flatMap(({ IP, PrivatePort, PublicPort, Type }) =>
      PublicPort ? [{ container: PrivatePort, host: PublicPort, address: IP, protocol: Type }] : [],
    ),
  };
}

/**
 * Adds the health that the engine does not report: that of a service with a `log` probe, which has no
 * healthcheck, and that of a service which an engine without a start interval has not probed yet.
 */
async function withReadiness(
  engine: DockerHost,
  container: ExistingContainer,
  headers: IncomingHttpHeaders,
): Promise<ExistingContainer> {
  const { running, health, labels } = container;
  const isUnknown = health === "starting" && labels[LABEL.kind] === "service" && !hasStartInterval(headers);
  if (!running || (labels[LABEL.readyByLog] === undefined && !isUnknown)) return container;
  const isReady = await hasReadyMark({ engine, container: container.id });
  return { ...container, health: isReady ? "healthy" : "starting" };
}
