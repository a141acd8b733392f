import { type ComponentIdentity, LABEL } from "../../model/labels.ts";
import type { PartTimes } from "../../sandbox/running-sandbox.ts";
import { containerTimes } from "../container-times.ts";
import type { DockerHost } from "../host.ts";
import { inspectContainers } from "../inspect-containers.ts";
import { ofComponent } from "./part-container.ts";

/** The times of the containers of services and of running jobs, by key. */
export async function partTimes(
  engine: DockerHost,
  component: ComponentIdentity,
): Promise<ReadonlyMap<string, PartTimes>> {
  const containers = await inspectContainers(engine, ofComponent(component));
  const parts = containers.filter(
    ({ Config, State }) => Config.Labels[LABEL.kind] === "service" || State.Running,
  );
  return new Map(
    parts.map((container) => [container.Config.Labels[LABEL.part] ?? "", containerTimes(container)]),
  );
}
