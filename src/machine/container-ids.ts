import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { textOf } from "./proc.ts";

/**
 * The ids that the container of this process may have, of Docker or Podman. Empty outside of containers.
 * @param mounts the text of /proc/self/mountinfo
 */
export function containerIds(mounts = textOf("/proc/self/mountinfo") ?? ""): readonly string[] {
  const mounted = mountedIds(mounts);
  if (mounted.length > 0) return mounted;
  const isContainer = ["/.dockerenv", "/run/.containerenv"].some((file) => existsSync(file));
  // The first half of an id is a container's name on its network, unless another one was chosen.
  return isContainer && /^[0-9a-f]{12}$/.test(hostname()) ? [hostname()] : [];
}

/** Engines mount files of a folder that is named after the container. */
function mountedIds(mounts: string): readonly string[] {
  const file = /\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf) \/etc\//;
  return [...new Set(mounts.split("\n").flatMap((line) => file.exec(line)?.[1] ?? []))];
}
