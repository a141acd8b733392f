import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { RunnerContainer } from "../../gitlab/runner/runners.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import type { MirrorFacts } from "./runner-facts.ts";

/** The registry mirror of the runner's stack, if any, and the mirrors that the engine is configured with. */
export async function readMirror(
  engine: DockerHost,
  { project, stack }: RunnerContainer,
  signal: AbortSignal,
): Promise<MirrorFacts | undefined> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.kind}=registry-mirror`] }));
  const [mirrors, info] = await Promise.all([
    askDocker<readonly MirrorAnswer[]>(engine, `/containers/json?all=1&filters=${filters}`, { signal }),
    askDocker<{ readonly RegistryConfig?: { readonly Mirrors?: readonly string[] | null } }>(
      engine,
      "/info",
      { signal },
    ),
  ]);
  const mirror = mirrors.find(
    ({ Labels }) => Labels[LABEL.project] === project && Labels[LABEL.stack] === stack,
  );
  if (!mirror) return undefined;
  const published = mirror.Ports.find(({ PublicPort }) => PublicPort !== undefined);
  return {
    name: (mirror.Names[0] ?? mirror.Id).replace(/^\//, ""),
    works: mirror.State === "running" && !mirror.Status.includes("unhealthy"),
    status: mirror.Status,
    ...(published?.PublicPort !== undefined && {
      address: `http://${published.IP ?? "0.0.0.0"}:${published.PublicPort}`,
    }),
    engineMirrors: info.RegistryConfig?.Mirrors ?? [],
  };
}

interface MirrorAnswer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels: Labels;
  readonly State: string;
  readonly Status: string;
  readonly Ports: readonly { readonly IP?: string; readonly PublicPort?: number }[];
}
