import { readdirSync, readlinkSync } from "node:fs";
import { processIds, textOf } from "./proc.ts";

/** A process that listens on a port. */
export interface PortListener {
  readonly pid: number;
  /** Its program and first argument: later ones may be secrets. Empty if this user may not read it. */
  readonly command: string;
}

/**
 * The process of this machine that listens on a TCP port. Undefined if there is none, and where the system
 * does not tell: only root and its own user see what a process has open.
 */
export function portListener(port: number): PortListener | undefined {
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    listeningSockets(textOf(file) ?? "", port),
  );
  if (sockets.length === 0) return undefined;
  const links = new Set(sockets.map((inode) => `socket:[${inode}]`));
  const pid = processIds().find((id) => openLinks(id).some((link) => links.has(link)));
  if (pid === undefined) return undefined;
  const words = (textOf(`/proc/${pid}/cmdline`) ?? "").split("\0");
  return { pid: Number(pid), command: words.slice(0, 2).join(" ").trim() };
}

/** https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
const LISTEN = "0A";

/** The inodes of the sockets that listen on a port, in the text of /proc/net/tcp. */
export function listeningSockets(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = "0"] = line.trim().split(/\s+/);
    return local.endsWith(suffix) && state === LISTEN && inode !== "0" ? [inode] : [];
  });
}

function openLinks(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
