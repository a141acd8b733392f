import type Docker from "dockerode";
import { jobCommand } from "../model/job-script.ts";
import type { PlannedJob } from "../model/plan.ts";
import { renderText } from "../model/text.ts";
import { securityOptions } from "../model/user-namespaces.ts";

/**
 * What a planned job becomes in the Engine API. The networks and volumes are the names of those that exist,
 * by key.
 */
export interface JobBinding {
  readonly networks: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Variables on top of those that the job declares. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** The volume with the project's files, if the job wants them. */
  readonly projectVolume?: string;
}

/**
 * The body of `POST /containers/create` for a job. It joins the first of its networks; the others are
 * connected before it starts.
 */
export function jobBody(job: PlannedJob, binding: JobBinding): Docker.ContainerCreateOptions {
  const [firstNetwork = ""] = job.networks;
  const network = binding.networks[firstNetwork] ?? firstNetwork;
  const projectMount = binding.projectVolume
    ? [
        {
          Type: "volume" as const,
          Source: binding.projectVolume,
          Target: job.workingFolder ?? "/",
          ReadOnly: true,
        },
      ]
    : [];
  return {
    Image: job.image,
    ...(job.entrypoint && { Entrypoint: [...job.entrypoint] }),
    Cmd: jobCommand(job),
    Env: Object.entries({ ...job.env, ...binding.variables }).map(
      ([name, value]) => `${name}=${renderText(value, (secret) => binding.secrets[secret] ?? "")}`,
    ),
    WorkingDir: job.workingFolder ?? "",
    User: job.user ?? "",
    Labels: { ...job.labels },
    AttachStdout: true,
    AttachStderr: true,
    StopTimeout: 10,
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [...job.aliases] } } },
    HostConfig: {
      // A job's shell is no init: without one, what it leaves behind is never reaped and signals are lost.
      Init: true,
      NetworkMode: network,
      ...(job.userNamespaces && { SecurityOpt: [...securityOptions()] }),
      ExtraHosts: Object.entries(job.extraHosts).map(([host, address]) => `${host}:${address}`),
      Tmpfs: Object.fromEntries(Object.entries(job.tmpfs).map(([target, size]) => [target, `size=${size}`])),
      Mounts: [
        ...projectMount,
        ...job.mounts.map(({ volume, target, readOnly }) => ({
          Type: "volume" as const,
          Source: binding.volumes[volume] ?? volume,
          Target: target,
          ReadOnly: readOnly,
        })),
      ],
      ...(job.memoryBytes !== undefined && { Memory: job.memoryBytes, MemorySwap: job.memoryBytes }),
      ...(job.cpus !== undefined && { NanoCpus: Math.round(job.cpus * 1e9) }),
    },
  };
}
