import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../machine/environment.ts";

/** The socket that the docker command uses. */
export const USUAL_SOCKET = "/var/run/docker.sock";

/** Where an engine listens that nobody chose. */
interface UsualSocket {
  readonly path: string;
  /** The product whose engine it is, for messages. */
  readonly product: string;
}

/**
 * The sockets of this machine's engines, in the order in which they are tried: first the one of the docker
 * command, last Podman's. Users have several of them side by side.
 * @param userId of this process; undefined where users have none
 */
export function usualSockets(
  environment: Environment,
  userId = process.getuid?.(),
): readonly [UsualSocket, ...UsualSocket[]] {
  const home = environment.HOME || homedir();
  const runtime = environment.XDG_RUNTIME_DIR || (userId === undefined ? home : `/run/user/${userId}`);
  const config = environment.XDG_CONFIG_HOME || join(home, ".config");
  const inHome = (path: string, product: string) => ({ path: join(home, path), product });
  return [
    { path: USUAL_SOCKET, product: "Docker" },
    { path: join(runtime, "docker.sock"), product: "rootless Docker" },
    inHome(".docker/run/docker.sock", "Docker Desktop"),
    inHome(".docker/desktop/docker.sock", "Docker Desktop"),
    inHome(".orbstack/run/docker.sock", "OrbStack"),
    inHome(".colima/default/docker.sock", "Colima"),
    { path: join(config, "colima/default/docker.sock"), product: "Colima" },
    inHome(".rd/docker.sock", "Rancher Desktop"),
    { path: join(runtime, "podman/podman.sock"), product: "rootless Podman" },
    { path: "/run/podman/podman.sock", product: "Podman" },
    // Of the machine that Podman runs on macOS.
    ...(environment.TMPDIR
      ? [{ path: join(environment.TMPDIR, "podman/podman-machine-default-api.sock"), product: "Podman" }]
      : []),
    inHome(".local/share/containers/podman/machine/podman.sock", "Podman"),
  ];
}
