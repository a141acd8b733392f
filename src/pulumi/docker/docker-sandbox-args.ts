import type { Sandbox } from "../../model/declaration/sandbox.ts";
import type { Subnet } from "../../model/subnets.ts";
import type { SecretValues } from "./secrets.ts";

/** The arguments of a {@link DockerSandbox}. The stack's settings have the defaults. */
export interface DockerSandboxArgs<Connections = Readonly<Record<string, unknown>>> {
  /**
   * The sandbox to create, declared with `sandbox()`. Its services give the outputs their types.
   * @example { sandbox: shop }
   * @throws ProgramError for anything else, and for a sandbox of another copy of nestbox
   */
  readonly sandbox: Sandbox<Connections>;
  /**
   * The active profiles. Services of other profiles are not created, and reading their outputs throws.
   * @default the setting `nestbox:profiles`, else none
   * @example { sandbox: shop, profiles: ["api"] }
   * @throws ProgramError for a profile that the sandbox does not have
   */
  readonly profiles?: readonly string[];
  /**
   * The values of the secrets that the sandbox names. The state has them encrypted.
   * @default the environment variable of each, `NESTBOX_SECRET_…`, else the stack's `nestbox:secrets`
   * @example { sandbox: shop, secrets: { "db-password": config.requireSecret("dbPassword") } }
   * @throws ProgramError for a secret without a value
   */
  readonly secrets?: SecretValues;
  /**
   * The range from which networks get their subnets. An existing network keeps its subnet.
   * @default the setting `nestbox:subnetPool`, else 10.231.0.0/16
   * @example { sandbox: shop, subnetPool: "10.40.0.0/20" }
   * @throws ProgramError for a pool without room
   */
  readonly subnetPool?: Subnet;
  /**
   * Images of services that may be privileged; `*` matches any characters but `/`.
   * @default the setting `nestbox:privilegedImages`, else Docker-in-Docker's own
   * @example { sandbox: shop, privilegedImages: ["docker:*-dind"] }
   * @throws ProgramError for a privileged service with another image
   */
  readonly privilegedImages?: readonly string[];
  /**
   * The folder of the files that the declaration names.
   * @default the folder of Pulumi.yaml
   * @example { sandbox: shop, projectFolder: import.meta.dirname }
   * @throws ProgramError for a missing file
   */
  readonly projectFolder?: string;
}
