import { milliseconds } from "../../model/duration.ts";
import { isOwnLabel, LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { Plan, PlannedPort, PlannedService, PlannedServicePart } from "../../model/plan/plan.ts";
import { type Readiness, readyWhen } from "../../model/plan/ready-when.ts";
import type { Condition } from "../../model/start-order.ts";
import { type DockerContainer, lowerContainer } from "./container.ts";
import { healthcheckBody } from "./healthcheck.ts";
import { overrideBody } from "./override-body.ts";
import { type DockerPlacement, partLabels, partName } from "./placement.ts";

export interface DockerService extends DockerContainer {
  readonly readiness: Readiness;
  /** The services that it waits for before its creation, by key. */
  readonly after: Readonly<Record<string, Condition>>;
  readonly aliases: readonly string[];
  /** The TCP ports of the container that are published. */
  readonly published: readonly number[];
}

export function lowerService(plan: Plan, service: PlannedService, placement: DockerPlacement): DockerService {
  const {
    command,
    dockerDaemon,
    published,
    probe,
    completesWithin,
    after,
    stop,
    workingFolder,
    ...others
  }: PlannedServicePart = service;
  // Docker lets every port through, and others ask the service or are told its address by the plan.
  const {
    ports: _ports,
    udpPorts: _udpPorts,
    remoteProbe: _remoteProbe,
    clientVariables: _clientVariables,
    seed: _seed,
    ...rest
  } = others;
  nothingLeft(rest);
  const readiness = readyWhen({ probe, completesWithin });
  const { body: common, ...parts } = lowerContainer(plan, service, placement, {
    ...partLabels(plan, service.key, "service", placement),
    ...(readiness.kind === "completed" && { [LABEL.runsOnce]: "true" }),
    ...(readiness.kind === "log" && { [LABEL.readyByLog]: "true" }),
  });
  const { Labels, HostConfig, NetworkingConfig, ...ofImage } = common;
  const Cmd = commandIn(placement.network, { command, dockerDaemon });
  const healthcheck = healthcheckBody(probe, placement.isPodman);
  const path = `${plan.sandbox}.services.${service.key}`;
  const lowered = {
    key: service.key,
    name: partName(placement, service.key),
    body: overrideBody(
      path,
      service,
      {
        ...ofImage,
        ...(Cmd && { Cmd }),
        ...(workingFolder !== undefined && { WorkingDir: workingFolder }),
        Labels,
        ...(healthcheck && { Healthcheck: healthcheck }),
        ...(published.length > 0 && {
          ExposedPorts: Object.fromEntries(published.map((port) => [portKey(port), {}])),
        }),
        ...(stop.signal !== undefined && { StopSignal: stop.signal }),
        StopTimeout: Math.ceil(milliseconds(stop.grace) / 1000),
        HostConfig: {
          ...HostConfig,
          ...(published.length > 0 && { PortBindings: portBindings(published, placement) }),
        },
        NetworkingConfig,
      },
      placement,
    ),
    ...parts,
    folders: [],
    readiness,
    after,
    aliases: service.aliases,
    published: published.filter(({ protocol }) => protocol === "tcp").map(({ container }) => container),
  };
  const attempt = placement.attempts?.[service.key] ?? 0;
  const labels = {
    ...lowered.body.Labels,
    [LABEL.plan]: planHash(lowered),
    ...(attempt !== 0 && { [LABEL.attempt]: String(attempt) }),
  };
  return { ...lowered, body: { ...lowered.body, Labels: labels } };
}

/** A hash of a container's body and files without our labels, for comparing a running one with a plan. */
function planHash({ body: { Labels, ...body }, ...others }: DockerService): string {
  const labels = Object.fromEntries(Object.entries(Labels).filter(([name]) => !isOwnLabel(name)));
  const declared = Object.keys(labels).length > 0 && { labels };
  // The healthcheck of the body has it.
  const { startEvery: _startEvery, ...readiness } = { startEvery: undefined, ...others.readiness };
  return base36Digest(JSON.stringify({ ...others, readiness, ...body, ...declared }), 12);
}

function portBindings(ports: readonly PlannedPort[], { publishedAt }: DockerPlacement) {
  return Object.fromEntries(
    ports.map((port) => [
      portKey(port),
      // Port 0 is a free one.
      [{ HostIp: publishedAt ?? port.address, HostPort: String(port.host ?? 0) }],
    ]),
  );
}

function portKey({ container, protocol }: PlannedPort): string {
  return `${container}/${protocol}`;
}
