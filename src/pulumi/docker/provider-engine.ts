import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../docker/engine-host.ts";
import { contextHost, type DockerHost, validHost } from "../../docker/host.ts";
import { explaining } from "../program-error.ts";
import { providerInputs } from "../provider-inputs.ts";

/** The properties of Pulumi's Docker provider that say where its engine is. */
const PROPERTIES = ["host", "context", "certPath", "caMaterial", "certMaterial", "keyMaterial"] as const;

type Configured = Partial<Record<(typeof PROPERTIES)[number], string | undefined>>;

/**
 * The engine on which a component's Docker resources are made: that of its provider, else the one in the
 * stack's settings of the provider, such as `docker:host`, else the one of the docker command.
 * @throws ConfigurationError without an engine
 */
export function providerEngine(component: pulumi.ComponentResource): pulumi.Output<DockerHost> {
  const provider = component.getProvider("docker:index/container:Container");
  if (provider === undefined) {
    const all = pulumi.runtime.allConfig();
    const ofStack = Object.fromEntries(PROPERTIES.map((name) => [name, all[`docker:${name}`]]));
    return pulumi.output(explaining(() => configuredEngine(ofStack)));
  }
  return providerInputs(provider, PROPERTIES).apply((found) => explaining(() => configuredEngine(found)));
}

/** A context precedes a host, as in the provider. */
function configuredEngine({ host, context, certPath, ...material }: Configured): DockerHost {
  if (context) return contextHost(context, process.env, "Docker provider");
  if (!host) return engineHost(process.env);
  const { caMaterial: ca, certMaterial: cert, keyMaterial: key } = material;
  return {
    ...{ host: validHost(host, "Docker provider: host"), origin: "Docker provider", isChosen: true },
    ...(certPath && { certificates: certPath }),
    ...(ca && cert && key && { tls: { ca, cert, key } }),
  };
}
