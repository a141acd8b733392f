import type { Subnet } from "../../model/subnets.ts";
import type { SandboxArgs } from "../sandbox/sandbox-args.ts";

/** The arguments of a {@link DockerSandbox}. The stack's settings have the defaults. */
export interface DockerSandboxArgs<Connections = Readonly<Record<string, unknown>>>
  extends SandboxArgs<Connections> {
  /**
   * The range from which networks get their subnets. An existing network keeps its subnet.
   * @default the setting `nestbox:subnetPool`, else 10.231.0.0/16
   * @example { sandbox: shop, subnetPool: "10.40.0.0/20" }
   * @throws ProgramError for a pool without room
   */
  readonly subnetPool?: Subnet;
}
