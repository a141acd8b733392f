import type { Sandbox } from "../../model/declaration/sandbox.ts";
import type { SecretValues } from "./secrets.ts";

/** The arguments of a sandbox's component on any place. The stack's settings have the defaults. */
export interface SandboxArgs<Connections = Readonly<Record<string, unknown>>> {
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
