import { type DockerHost, dockerHosts, isCandidate } from "../../machine/docker/host.ts";
import { flag, type InputProblem, type RecordOf, refused, text } from "./property-shapes.ts";
import { inputProblems, property } from "./property-table.ts";
import type { Properties } from "./property-values.ts";

/** The provider's configuration in @pulumi/docker 5.2.0. */
export const providerProperties = {
  caMaterial: refused,
  certMaterial: refused,
  certPath: property(text(), "provider"),
  context: property(text(), "provider"),
  disableDockerDaemonCheck: property(flag(), "provider"),
  host: property(text(), "provider"),
  keyMaterial: refused,
  registryAuth: refused,
  sshOpts: refused,
} as const;

/** A provider configuration that names no engine. The message says which setting, and how to see those there are. */
export class UnknownDockerContext extends Error {
  override readonly name = "UnknownDockerContext";
}

/** What is wrong with the provider's configuration. */
export function configProblems(inputs: Properties): readonly InputProblem[] {
  const { version: _ofThePlugin, ...own } = plainConfig(inputs);
  return inputProblems(providerProperties, own);
}

/**
 * The engine that the provider's configuration names: its `host`, else its `context`, else the one that the docker
 * command would talk to.
 *
 * @throws UnknownDockerContext
 */
export function configuredHost(inputs: Properties, environment: NodeJS.ProcessEnv): DockerHost {
  const { host, context, certPath } = plainConfig(inputs) as RecordOf<typeof providerProperties>;
  const certificates = certPath ? { DOCKER_CERT_PATH: certPath, DOCKER_TLS_VERIFY: "1" } : {};
  if (host) return firstThere(dockerHosts({ ...environment, ...certificates, DOCKER_HOST: host }));
  if (!context) return firstThere(dockerHosts({ ...environment, ...certificates }));
  const found = firstThere(dockerHosts({ ...environment, DOCKER_HOST: undefined, DOCKER_CONTEXT: context }));
  if (context === "default" || found.origin === `context ${context}`) return found;
  throw new UnknownDockerContext(
    `docker:context names "${context}", which is no context of the docker command: docker context ls shows those there are`,
  );
}

/** Of several usual places the first with a socket; an engine that was chosen is taken whether it is there or not. */
function firstThere(hosts: readonly DockerHost[]): DockerHost {
  const found = hosts.find(isCandidate) ?? hosts[0];
  return found ?? { host: "unix:///var/run/docker.sock", origin: "socket", isChosen: false };
}

/** Pulumi sends configuration that is no string as JSON. */
function plainConfig(inputs: Properties): Properties {
  const { disableDockerDaemonCheck, ...others } = inputs;
  if (typeof disableDockerDaemonCheck !== "string") return inputs;
  return { ...others, disableDockerDaemonCheck: disableDockerDaemonCheck === "true" };
}
