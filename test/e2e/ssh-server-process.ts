// A server of ssh in a process of its own, for ssh-server.ts. Its library does not know the globals of Jest.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import ssh2, { type Connection } from "ssh2";
import { findProgram } from "../../src/machine/programs.ts";

/** The user that may log in, by a key. */
const USER = "tester";

async function serve() {
  const folder = mkdtempSync(path.join(tmpdir(), "ssh-"));
  const file = (name: string) => path.join(folder, name);
  for (const name of ["host-key", "user-key"])
    execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", file(name)]);
  const allowed = ssh2.utils.parseKey(readFileSync(file("user-key.pub")));
  if (allowed instanceof Error || !("getPublicSSH" in allowed)) throw new Error("the user's key has no use");
  let logins = 0;
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [readFileSync(file("host-key"))] }, (client) => {
    connections.add(client);
    client.on("error", () => {});
    client.on("close", () => connections.delete(client));
    client.on("authentication", (attempt) => {
      const isAllowed =
        attempt.method === "publickey" &&
        attempt.username === USER &&
        attempt.key.data.equals(allowed.getPublicSSH()) &&
        (attempt.signature === undefined ||
          allowed.verify(attempt.blob ?? "", attempt.signature, attempt.hashAlgo) === true);
      if (!isAllowed) return attempt.reject(["publickey"]);
      if (attempt.signature !== undefined) logins += 1;
      attempt.accept();
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptCommand, _, { command }) => {
        const channel = acceptCommand();
        const child = spawn("sh", ["-c", command], { stdio: "pipe" });
        channel.pipe(child.stdin).on("error", () => {});
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        channel.on("close", () => child.kill());
        child.on("close", (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
    const join = (accept: () => NodeJS.ReadWriteStream, reject: () => void, socket: Socket) => {
      socket.on("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        const channel = accept();
        socket.on("error", () => channel.end());
        channel.on("error", () => {});
        channel.pipe(socket).pipe(channel);
        channel.on("close", () => socket.destroy());
      });
    };
    client.on("tcpip", (accept, reject, { destIP, destPort }) =>
      join(accept, reject, createConnection(destPort, destIP)),
    );
    client.on("openssh.streamlocal", (accept, reject, { socketPath }) =>
      join(accept, reject, createConnection(socketPath)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const [kind, key] = readFileSync(file("host-key.pub"), "utf8").split(" ");
  writeFileSync(file("known_hosts"), `[127.0.0.1]:${port} ${kind} ${key}\n`);
  // The client reads the settings of the user's home, whatever HOME says.
  const settings = [
    ...["IdentitiesOnly yes", `IdentityFile ${file("user-key")}`],
    ...[`UserKnownHostsFile ${file("known_hosts")}`, "StrictHostKeyChecking ask"],
  ];
  writeFileSync(file("config"), `${settings.join("\n")}\n`);
  const bin = file("bin");
  const temporary = file("t");
  for (const made of [bin, temporary]) mkdirSync(made);
  const real = findProgram("ssh", process.env);
  writeFileSync(path.join(bin, "ssh"), `#!/bin/sh\nexec '${real}' -F '${file("config")}' "$@"\n`);
  chmodSync(path.join(bin, "ssh"), 0o755);
  return {
    ...{ host: `ssh://${USER}@127.0.0.1:${port}`, port, temporary },
    environment: { PATH: `${bin}:${process.env.PATH}`, TMPDIR: temporary },
    counts: () => ({ logins, open: connections.size }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const { counts, close, ...started } = await serve();
process.send?.(started);
process.on("message", () => process.send?.(counts()));
process.once("disconnect", () => {
  close();
  process.exit();
});
