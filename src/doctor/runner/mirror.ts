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
  const [mirrors, info] = await Promise.all([
    listContainers(engine, { label: [`${LABEL.kind}=registry-mirror`] }, { signal }),
    askDocker<Info>(engine, "/info", { signal }),
  ]);
  const mirror = mirrors.find(
    ({ Labels }) => Labels[LABEL.project] === project && Labels[LABEL.stack] === stack,
  );
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
