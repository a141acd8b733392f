import * as pulumi from "@pulumi/pulumi";
import { GITLAB_PROVIDER_VERSION } from "./provider-version.ts";

/**
 * The settings of a runner in GitLab.
 * Source: https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export interface UserRunnerArgs {
  /** The scope of the jobs that it takes. A change forces replacement. */
  readonly runnerType: pulumi.Input<"instance_type" | "group_type" | "project_type">;
  /** The group, for `group_type`. */
  readonly groupId?: pulumi.Input<number>;
  /** The project, for `project_type`. */
  readonly projectId?: pulumi.Input<number>;
  readonly description?: pulumi.Input<string>;
  /** The tags that jobs require in `tags`. */
  readonly tagLists?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Whether it takes jobs without tags. @default GitLab's default: true */
  readonly untagged?: pulumi.Input<boolean>;
  /** Whether other projects cannot enable it. @default false */
  readonly locked?: pulumi.Input<boolean>;
  /** @default false */
  readonly paused?: pulumi.Input<boolean>;
  /** `ref_protected`: only jobs of protected branches and tags. @default not_protected */
  readonly accessLevel?: pulumi.Input<"not_protected" | "ref_protected">;
  /** The maximum duration of a job, in seconds; 600 or more. */
  readonly maximumTimeout?: pulumi.Input<number>;
  /** A note for administrators; 1024 characters at most. */
  readonly maintenanceNote?: pulumi.Input<string>;
}

/**
 * A runner in GitLab, linked to the user of the provider's token. `id` is its ID in GitLab.
 *
 * The token requires the scopes `create_runner` and `manage_runner`, and the role of an owner of the project
 * or group, or of an administrator for `instance_type`.
 */
export class UserRunner extends pulumi.CustomResource {
  /** The authentication token for gitlab-runner, `glrt-…`. It is secret, and GitLab shows it once. */
  declare readonly token: pulumi.Output<string>;
  /**
   * The expiry of the token, in ISO 8601. Undefined if it never expires, and with Pulumi's provider 10.1.1,
   * which does not report it.
   */
  declare readonly tokenExpiresAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: UserRunnerArgs, options: pulumi.CustomResourceOptions = {}) {
    super(
      "gitlab:index/userRunner:UserRunner",
      name,
      { ...args, token: undefined, tokenExpiresAt: undefined },
      pulumi.mergeOptions({ version: GITLAB_PROVIDER_VERSION, additionalSecretOutputs: ["token"] }, options),
    );
  }
}
