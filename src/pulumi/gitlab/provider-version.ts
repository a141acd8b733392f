/**
 * The version of Pulumi's GitLab provider for the resources here. Its SDK is not on the npm registry, so this
 * package declares the classes.
 */
export const GITLAB_PROVIDER_VERSION = "10.1.1";
