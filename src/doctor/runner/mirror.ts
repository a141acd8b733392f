import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { containerName, listContainers } from "../../docker/listing.ts";
import type { RunnerContainer } from "../../gitlab/runner/runners.ts";
import { LABEL } from "../../model/labels.ts";
import type { MirrorFacts } from "./runner-facts.ts";

/** The registry mirror of the runner's stack, if any, and the mirrors that the engine is configured with. */
export async function readMirror(
  engine: DockerHost,
  { project, stack }: RunnerContainer,
  signal: AbortSignal,
): Promise<MirrorFacts | undefined> {
  type Info = { readonly RegistryConfig?: { readonly Mirrors?: readonly string[] | null } };
  const labels = { [LABEL.kind]: "registry-mirror", [LABEL.project]: project, [LABEL.stack]: stack };
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const [[mirror], info] = await Promise.all([
    listContainers(engine, { label }, { signal }),
    askDocker<Info>(engine, "/info", { signal }),
  ]);
  if (!mirror) return undefined;
  const published = mirror.Ports.find(({ PublicPort }) => PublicPort !== undefined);
  return {
    name: containerName(mirror),
    works: mirror.State === "running" && !mirror.Status.includes("unhealthy"),
    status: mirror.Status,
    ...(published?.PublicPort !== undefined && {
      address: `http://${published.IP ?? "0.0.0.0"}:${published.PublicPort}`,
    }),
    engineMirrors: info.RegistryConfig?.Mirrors ?? [],
  };
}
