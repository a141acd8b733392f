import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { NODE_IMAGE } from "../../airgap/cluster/node-image.ts";

/** A public address, by the documentation's range: https://www.rfc-editor.org/rfc/rfc5737 */
export const PUBLIC = "203.0.113.7";
/** The address of the metadata service of most clouds. */
export const METADATA = "169.254.169.254";

const NODE = "nestbox-cluster";

/** A Redis outside the cluster. */
export interface OutsideServer {
  /** The node's address. */
  readonly node: string;
  remove(): void;
}

/**
 * Starts a Redis on the engine that the node reaches at {@link PUBLIC} and {@link METADATA}: a closed network
 * has neither.
 */
export function startOutsideServer(): OutsideServer {
  const name = `nestbox-outside-${randomBytes(3).toString("hex")}`;
  docker(
    "run",
    "--detach",
    "--rm",
    "--name",
    name,
    "redis:7-alpine",
    "redis-server",
    "--protected-mode",
    "no",
  );
  const gateway = addressOf(name);
  for (const address of [PUBLIC, METADATA]) {
    const add = ["addr", "add", `${address}/32`, "dev", "eth0"];
    const inItsNetwork = ["--network", `container:${name}`, "--cap-add=NET_ADMIN", "--entrypoint=ip"];
    docker("run", "--rm", ...inItsNetwork, NODE_IMAGE.name, ...add);
    docker("exec", NODE, "ip", "route", "replace", address, "via", gateway);
  }
  return {
    node: addressOf(NODE),
    remove: () => {
      for (const address of [PUBLIC, METADATA]) docker("exec", NODE, "ip", "route", "delete", address);
      docker("rm", "--force", "--volumes", name);
    },
  };
}

function addressOf(container: string): string {
  return docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container).trim();
}

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8" });
}
