import * as pulumi from "@pulumi/pulumi";
import { GITLAB_PROVIDER_VERSION } from "./version.ts";

/**
 * The settings of a runner that GitLab keeps. Source:
 * https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export interface UserRunnerArgs {
  /** Whose jobs it takes. Another one makes another runner. */
  readonly runnerType: pulumi.Input<"instance_type" | "group_type" | "project_type">;
  /** The group, for `group_type`. */
  readonly groupId?: pulumi.Input<number>;
  /** The project, for `project_type`. */
  readonly projectId?: pulumi.Input<number>;
  readonly description?: pulumi.Input<string>;
  /** What jobs ask for in `tags`. */
  readonly tagLists?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Whether it takes jobs without tags. @default what GitLab says: true */
  readonly untagged?: pulumi.Input<boolean>;
  /** Whether no other project may have it. @default false */
  readonly locked?: pulumi.Input<boolean>;
  /** @default false */
  readonly paused?: pulumi.Input<boolean>;
  /** `ref_protected`: jobs of protected branches and tags alone. @default not_protected */
  readonly accessLevel?: pulumi.Input<"not_protected" | "ref_protected">;
  /** The longest that a job may take, in seconds; 600 or more. */
  readonly maximumTimeout?: pulumi.Input<number>;
  /** For those who administer it; 1024 characters at most. */
  readonly maintenanceNote?: pulumi.Input<string>;
}

/**
 * A runner in GitLab, linked to the user whose token makes it. What is shown as `id` is GitLab's number of
 * it.
 *
 * The token of its provider needs the scopes `create_runner` and `manage_runner`, and the role of an owner of
 * the project or group, or of an administrator for `instance_type`.
 */
export class UserRunner extends pulumi.CustomResource {
  /** The authentication token for gitlab-runner, `glrt-…`. GitLab shows it once; it is secret. */
  declare readonly token: pulumi.Output<string>;
  /**
   * When GitLab ends the token, in ISO 8601. Undefined when it does not, and with Pulumi's own provider
   * 10.1.1, which does not say.
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
