import { refSlug } from "../model/names.ts";
import type { ComposeMap } from "./compose-tree.ts";

/** A service and what it takes from the rest of its compose file. */
export interface ServiceSource {
  /** Its name in the compose file. */
  readonly name: string;
  readonly service: ComposeMap;
  /** The whole file. */
  readonly compose: ComposeMap;
  /** The name of the compose project. */
  readonly project: string;
  /** Whether others wait for its end. */
  readonly completes: boolean;
  /** Whether the sandbox has several networks. */
  readonly hasNetworks: boolean;
}

/** The key of a service, a network or a profile with this name. */
export function sandboxKey(name: string): string {
  const slug = refSlug(name).slice(0, 40).replace(/-+$/, "");
  return /^[a-z]/.test(slug) ? slug : `x${slug === "" ? "" : `-${slug}`}`;
}

/** The networks that a service joins. */
export function joinedNetworks(service: ComposeMap): readonly string[] {
  const networks = service.entries.get("networks");
  return networks?.kind === "map" && networks.entries.size > 0 ? [...networks.entries.keys()] : ["default"];
}
