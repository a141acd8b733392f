import { containerProxies, proxiesOfNetwork } from "../../docker/container-proxies.ts";
import { usableEngine } from "../../docker/engine-host.ts";
import { placeNetworkFrom } from "../../machine/place-network-from.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";

/** What the network of this machine requires, with the proxies of the docker command's engine. */
export function programNetwork(): PlaceNetwork {
  return { ...placeNetworkFrom(process.env), ...proxiesOfNetwork(programEngine(), process.env) };
}

/** The addresses of those proxies, by the names that the network has for them. */
export function programProxies(): Readonly<Record<string, string>> {
  return containerProxies(programEngine(), process.env);
}

/** Known before a component knows the engine of its provider. Without one, the default proxies count. */
function programEngine() {
  return usableEngine(process.env) ?? { host: "default" };
}
