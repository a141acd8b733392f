import * as pulumi from "@pulumi/pulumi";
import { GITLAB_PROVIDER_VERSION } from "./provider-version.ts";

/** The arguments of a {@link GitLabProvider}. */
export interface GitLabProviderArgs {
  /**
   * An access token with the scopes `create_runner` and `manage_runner`.
   * @default the environment variable GITLAB_TOKEN
   */
  readonly token?: pulumi.Input<string>;
  /**
   * The address of the API: `https://gitlab.example.com/api/v4/`.
   * @default the environment variable GITLAB_BASE_URL, else GitLab.com
   */
  readonly baseUrl?: pulumi.Input<string>;
}

/** A GitLab instance and account, for the option `provider` of {@link UserRunner}. Its token is secret. */
export class GitLabProvider extends pulumi.ProviderResource {
  constructor(
    name: string,
    { token, baseUrl }: GitLabProviderArgs = {},
    options: pulumi.ResourceOptions = {},
  ) {
    const inputs = {
      // By default Pulumi's provider requests the token's user at its start, which GitLab refuses for these
      // scopes. Values other than strings are sent as JSON, as Pulumi's SDKs do.
      earlyAuthCheck: JSON.stringify(false),
      ...(token !== undefined && { token: pulumi.secret(token) }),
      ...(baseUrl !== undefined && { baseUrl }),
    };
    super("gitlab", name, inputs, { version: GITLAB_PROVIDER_VERSION, ...options });
  }
}
