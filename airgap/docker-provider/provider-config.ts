import { homedir } from "node:os";
import { type DockerEndpoint, dockerEndpoint } from "./docker-endpoint.ts";
import { flag, type InputProblem, type RecordOf, refused, text } from "./property-shapes.ts";
import { inputProblems, property } from "./property-table.ts";
import type { Properties } from "./property-values.ts";

/** The provider's configuration in @pulumi/docker 5.2.0. All of it is read anew by each command. */
const properties = {
  caMaterial: property(text(), "provider"),
  certMaterial: property(text(), "provider"),
  certPath: property(text(), "provider"),
  context: property(text(), "provider"),
  disableDockerDaemonCheck: property(flag(), "provider"),
  host: property(text(), "provider"),
  keyMaterial: property(text(), "provider"),
  registryAuth: refused,
  sshOpts: refused,
} as const;

/** The provider's own inputs as a table. */
export const providerProperties = properties;

/** What is wrong with the provider's configuration. */
export function configProblems(inputs: Properties): readonly InputProblem[] {
  const { version: _pluginVersion, ...own } = inputs;
  return inputProblems(properties, plainConfig(own));
}

/** The engine that the provider's configuration and this machine say. */
export function configuredEndpoint(inputs: Properties): DockerEndpoint {
  const config = plainConfig(inputs) as RecordOf<typeof properties>;
  return dockerEndpoint(config, { environment: process.env, homeFolder: homedir() });
}

/** Pulumi sends configuration that is no string as JSON. */
function plainConfig(inputs: Properties): Properties {
  const { disableDockerDaemonCheck, ...others } = inputs;
  if (typeof disableDockerDaemonCheck !== "string") return inputs;
  return { ...others, disableDockerDaemonCheck: disableDockerDaemonCheck === "true" };
}
