import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ConfigurationError } from "../model/problem.ts";
import { quoted, shellWord } from "../model/shell.ts";
import type { DockerHost } from "./host.ts";

/** A connection to the machine of an engine, by which its socket and ports are reached here. */
export interface SshTunnel {
  /** The path of a socket on this machine that leads to the engine's. */
  readonly socket: string;
  /** Makes a port on the loopback of the engine's machine reachable. Returns the port on this one's. */
  forward(port: number): Promise<number>;
}

/** The login and options of ssh for an address: `ssh://me@engine.example.com:2222`. */
export function sshTarget({ host }: Pick<DockerHost, "host">): readonly string[] {
  const { username, hostname, port } = new URL(host);
  const machine = hostname.replace(/^\[|\]$/g, "");
  const user = username === "" ? "" : `${decodeURIComponent(username)}@`;
  return [...(port === "" ? [] : ["-p", port]), "--", `${user}${machine}`];
}

/** The connections of this process, by the address of the engine. */
const tunnels = new Map<string, Promise<SshTunnel>>();

/**
 * The connection to an engine's machine: one for all requests of this process, and a new one after it broke.
 *
 * The engine's socket is forwarded. `docker system dial-stdio`, which the docker command runs there, would be
 * a process for each request, here and there.
 *
 * @throws ConfigurationError in the words of ssh
 */
export function sshTunnel(engine: DockerHost): Promise<SshTunnel> {
  const { host } = engine;
  const existing = tunnels.get(host);
  if (existing !== undefined) return existing;
  const forget = () => {
    tunnels.delete(host);
  };
  const opening = openTunnel(engine, forget);
  opening.catch(forget);
  tunnels.set(host, opening);
  return opening;
}

/** What the machine prints before the path of the socket. Login scripts may print other lines. */
const FOUND = "nestbox-engine-socket:";

/** Finds the first socket that the user may use, and waits until this process is gone. */
const FIND_SOCKET =
  'for s in "$@"; do test -S "$s" && test -w "$s" && break; s=; done; ' +
  `echo "${FOUND}$s"; exec cat >/dev/null`;

/** Where engines listen: as DOCKER_HOST of that machine says, else root's, else one of the user's own. */
const USUAL_SOCKETS =
  'set -- "${DOCKER_HOST#unix://}" /var/run/docker.sock "$XDG_RUNTIME_DIR/docker.sock" ' +
  '"/run/user/$(id -u)/docker.sock" "$HOME/.docker/run/docker.sock"; ';

/** Never asks; ends with a connection that is dead; takes no other forwarding from the user's settings. */
const OPTIONS = [
  ...["BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=3"],
  ...["ControlPersist=no", "ClearAllForwardings=yes", "RequestTTY=no", "RemoteCommand=none"],
].flatMap((option) => ["-o", option]);

/** Runs ssh, then removes the folder of its sockets, also if this process is killed meanwhile. */
const RUN_SSH = 'ssh "$@"; code=$?; rm -rf -- "$0"; exit $code';

/** Milliseconds within which the other machine must have logged in. */
const LIMIT = 30_000;

async function openTunnel(engine: DockerHost, onEnd: () => void): Promise<SshTunnel> {
  const target = sshTarget(engine);
  // Only this user may enter it.
  const folder = mkdtempSync(join(tmpdir(), "nestbox-ssh-"));
  const control = join(folder, "c");
  const path = decodeURIComponent(new URL(engine.host).pathname).replace(/^\/$/, "");
  const find =
    path === ""
      ? `sh -c ${quoted(USUAL_SOCKETS + FIND_SOCKET)}`
      : `sh -c ${quoted(FIND_SOCKET)} sh ${quoted(path)}`;
  // Ctrl-C in a terminal must not end it before the command has cleaned up. It ends with its standard input,
  // which the system closes when this process ends.
  const child = spawn("sh", ["-c", RUN_SSH, folder, "-M", "-S", control, ...OPTIONS, ...target, find], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  void ended.then(onEnd);
  child.stdin.on("error", () => {});
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    if (said.length > 6) said.shift();
  });
  const failed = () => sshFailed(engine, target, said);
  const hanging = setTimeout(() => {
    said.push(`no answer within ${LIMIT / 1000} s`);
    if (child.pid !== undefined) process.kill(-child.pid);
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT);
  const remote = await Promise.race([
    foundSocket(createInterface({ input: child.stdout })),
    ended.then(() => {
      throw failed();
    }),
  ]).finally(() => clearTimeout(hanging));
  const close = (error: Error): never => {
    child.stdin.end();
    throw error;
  };
  if (remote === "") close(noSocket(engine, path));
  const forwardTo = (from: string, to: string) =>
    new Promise<void>((resolve, reject) => {
      const options = ["-S", control, "-O", "forward", "-o", "ClearAllForwardings=no", "-L", `${from}:${to}`];
      execFile("ssh", [...options, ...target], (error, _, stderr) =>
        error === null ? resolve() : reject(sshFailed(engine, target, stderr.trim().split("\n"))),
      );
    });
  const socket = join(folder, "docker.sock");
  await forwardTo(socket, remote).catch(close);
  for (const stream of [child, child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();
  const forwarded = new Map<number, Promise<number>>();
  return {
    socket,
    forward: (port) => {
      const known = forwarded.get(port);
      if (known !== undefined) return known;
      const local = forwardPort((from) => forwardTo(`127.0.0.1:${from}`, `127.0.0.1:${port}`));
      forwarded.set(port, local);
      return local;
    },
  };
}

async function foundSocket(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) if (line.startsWith(FOUND)) return line.slice(FOUND.length).trim();
  // The connection ended, which is the error.
  return new Promise<never>(() => {});
}

const ATTEMPTS = 5;

/** Forwards from a free port. Another process may take it before ssh does. */
async function forwardPort(forward: (from: number) => Promise<void>, attempt = 1): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  try {
    await forward(port);
    return port;
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    return forwardPort(forward, attempt + 1);
  }
}

function sshFailed({ origin }: DockerHost, target: readonly string[], said: readonly string[]): Error {
  const reason = said.filter((line) => line.trim() !== "").join("\n  ") || "no answer";
  const command = ["ssh", ...target.filter((word) => word !== "--"), "true"].map(shellWord).join(" ");
  return new ConfigurationError(
    `${origin}: no connection by ssh: ${reason}\n  Make \`${command}\` work without a question: a key or ` +
      "agent instead of a password, and the host's key known",
  );
}

function noSocket({ origin, host }: DockerHost, path: string): Error {
  const { username, host: machine } = new URL(host);
  const user = username === "" ? "" : `${username}@`;
  if (path !== "")
    return new ConfigurationError(
      `${origin}: ${path} on ${machine} is no socket that this user may use; ` +
        "correct the path in the address, or join the group of the socket there",
    );
  return new ConfigurationError(
    `${origin}: no Docker engine on ${machine} that this user may use; start it, join the group "docker" ` +
      `there, or name its socket: ssh://${user}${machine}/PATH/docker.sock`,
  );
}
