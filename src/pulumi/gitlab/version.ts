/**
 * The version of Pulumi's GitLab provider whose resources these are. Its SDK is not on the npm registry,
 * hence the classes here.
 */
export const GITLAB_PROVIDER_VERSION = "10.1.1";
