import type { SandboxArgs } from "../sandbox/sandbox-args.ts";

/** The arguments of a {@link KubernetesSandbox}. The stack's settings have the defaults. */
export type KubernetesSandboxArgs<Connections = Readonly<Record<string, unknown>>> = SandboxArgs<Connections>;
