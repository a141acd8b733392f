import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { connect } from "../../bench/connect.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { PORT, type ProjectRegistry } from "../e2e/project-registry.ts";

/** The container of the tests' cluster. */
const NODE = "nestbox-cluster";

/**
 * Has the node of the tests' cluster pull from a registry by the address that it has on this machine.
 * Source: https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export async function pullOnNode(engine: DockerHost, registry: ProjectRegistry): Promise<void> {
  const docker = await connect(engine);
  const { NetworkSettings } = await docker.getContainer(registry.container).inspect();
  const address = NetworkSettings.Networks.bridge?.IPAddress;
  const hosts = [
    `[host."https://${address}:${PORT}"]`,
    'capabilities = ["pull", "resolve"]',
    "skip_verify = true\n",
  ].join("\n");
  const files = pack();
  files.entry({ name: `etc/containerd/certs.d/${registry.address}/hosts.toml` }, hosts);
  files.finalize();
  await docker.getContainer(NODE).putArchive(Readable.from(files), { path: "/" });
}
