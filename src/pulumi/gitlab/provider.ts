import * as pulumi from "@pulumi/pulumi";
import { GITLAB_PROVIDER_VERSION } from "./version.ts";

export interface GitLabProviderArgs {
  /**
   * An access token with the scopes `create_runner` and `manage_runner`.
   * @default GITLAB_TOKEN of the environment
   */
  readonly token?: pulumi.Input<string>;
  /** `https://gitlab.example.com/api/v4/`. @default GITLAB_BASE_URL of the environment, else GitLab.com */
  readonly baseUrl?: pulumi.Input<string>;
}

/** Which GitLab, and as whom: an option `provider` of {@link UserRunner}. The token is kept encrypted. */
export class GitLabProvider extends pulumi.ProviderResource {
  constructor(
    name: string,
    { token, baseUrl }: GitLabProviderArgs = {},
    options: pulumi.ResourceOptions = {},
  ) {
    const inputs = {
      // Otherwise Pulumi's own asks at its start who the token's user is, which GitLab refuses to one with
      // these scopes alone. A provider's
      // settings that are no texts travel as JSON, as Pulumi's SDKs send them.
      earlyAuthCheck: JSON.stringify(false),
      ...(token !== undefined && { token: pulumi.secret(token) }),
      ...(baseUrl !== undefined && { baseUrl }),
    };
    super("gitlab", name, inputs, { version: GITLAB_PROVIDER_VERSION, ...options });
  }
}
