import type Docker from "dockerode";
import { containerIds } from "../machine/container-ids.ts";
import { unlessMissing } from "./api.ts";
import type { DockerHost } from "./host.ts";
import { inspect } from "./started-container.ts";

/** The container of this process on an engine. */
export interface ContainerOfProcess {
  /** Whether it shares the network of the engine's machine. */
  readonly onHostNetwork: boolean;
  /** The addresses of the engine's machine on its networks. */
  readonly gateways: readonly string[];
}

/**
 * The container of this process, if it is one of an engine: the engine's socket is mounted into it.
 * @param ids that it may have
 */
export async function containerOfProcess(
  engine: DockerHost,
  ids = containerIds(),
): Promise<ContainerOfProcess | undefined> {
  for (const id of ids) {
    const container = await unlessMissing(inspect({ engine, container: id }));
    // A name of another container may look like an id.
    if (container?.Id.startsWith(id)) return networkOf(engine, container);
  }
  return undefined;
}

async function networkOf(
  engine: DockerHost,
  container: Docker.ContainerInspectInfo,
): Promise<ContainerOfProcess> {
  const { NetworkMode: mode = "" } = container.HostConfig;
  const [, other] = /^container:(.+)$/.exec(mode) ?? [];
  if (other !== undefined) return networkOf(engine, await inspect({ engine, container: other }));
  const networks = Object.values(container.NetworkSettings.Networks);
  return {
    onHostNetwork: mode === "host",
    gateways: networks.flatMap(({ Gateway: gateway }) => gateway || []),
  };
}
