import { milliseconds } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { Plan, PlannedPort, PlannedService } from "../../model/plan/plan.ts";
import { type Readiness, readyWhen } from "../../model/plan/ready-when.ts";
import type { Condition } from "../../model/start-order.ts";
import {
  type ContainerBody,
  containerBody,
  copiedFiles,
  type DockerContainer,
  laterConnections,
} from "./container.ts";
import { healthcheckBody } from "./healthcheck.ts";
import { type DockerPlacement, partLabels, partName } from "./placement.ts";

export interface DockerService extends DockerContainer {
  readonly readiness: Readiness;
  /** The services that it waits for before its creation, by key. */
  readonly after: Readonly<Record<string, Condition>>;
  readonly aliases: readonly string[];
  /** The container's ports that the host's loopback reaches. */
  readonly published: readonly number[];
}

export function lowerService(plan: Plan, service: PlannedService, placement: DockerPlacement): DockerService {
  const readiness = readyWhen(service);
  const lowered = {
    key: service.key,
    name: partName(placement, service.key),
    body: serviceBody(plan, service, placement, readiness),
    connections: laterConnections(service, placement),
    files: copiedFiles(service, placement),
    folders: [],
    readiness,
    after: service.after,
    aliases: service.aliases,
    published: service.published.map(({ container }) => container),
  };
  const attempt = placement.attempts?.[service.key] ?? 0;
  const labels = {
    ...lowered.body.Labels,
    [LABEL.plan]: planHash(lowered),
    ...(attempt !== 0 && { [LABEL.attempt]: String(attempt) }),
  };
  return { ...lowered, body: { ...lowered.body, Labels: labels } };
}

/** A hash of a container's body and files without labels, for comparing a running one with a plan. */
function planHash({ body: { Labels: _, ...body }, ...others }: DockerService): string {
  return base36Digest(JSON.stringify({ ...others, ...body }), 12);
}

function serviceBody(
  plan: Plan,
  service: PlannedService,
  placement: DockerPlacement,
  readiness: Readiness,
): ContainerBody {
  const { HostConfig, NetworkingConfig, ...common } = containerBody(service, placement);
  const command = commandIn(placement.network, service);
  const healthcheck = healthcheckBody(service.probe);
  return {
    ...common,
    ...(command && { Cmd: command }),
    Labels: {
      ...partLabels(plan, service.key, "service", placement),
      ...(readiness.kind === "completed" && { [LABEL.runsOnce]: "true" }),
      ...(readiness.kind === "log" && { [LABEL.readyByLog]: "true" }),
    },
    ...(healthcheck && { Healthcheck: healthcheck }),
    ...(service.published.length > 0 && {
      ExposedPorts: Object.fromEntries(service.published.map((port) => [tcpPort(port), {}])),
    }),
    ...(service.stop.signal !== undefined && { StopSignal: service.stop.signal }),
    StopTimeout: Math.ceil(milliseconds(service.stop.grace) / 1000),
    HostConfig: {
      ...HostConfig,
      ...(service.published.length > 0 && { PortBindings: portBindings(service.published) }),
    },
    NetworkingConfig,
  };
}

function portBindings(ports: readonly PlannedPort[]) {
  return Object.fromEntries(
    ports.map((port) => [
      tcpPort(port),
      // Port 0 is a free one.
      [{ HostIp: port.address, HostPort: String(port.host ?? 0) }],
    ]),
  );
}

function tcpPort({ container }: PlannedPort): string {
  return `${container}/tcp`;
}
