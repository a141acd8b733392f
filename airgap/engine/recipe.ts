/** The Debian release that the engine and the stand-in images are made of. */
export const DEBIAN_RELEASE = "trixie";

/** What the base has besides Debian's own minimum: TLS needs it everywhere. */
export const BASE_PACKAGES = ["ca-certificates"];

/**
 * What the engine's root has on top of the base: the engine, the registry that serves as its mirror, and the
 * docker command.
 */
export const ENGINE_PACKAGES = [
  "docker.io",
  "docker-cli",
  "containerd",
  "runc",
  "iptables",
  "mount",
  "procps",
  "kmod",
  "tini",
  "docker-registry",
];

/** Files that nobody reads in a container; dpkg leaves them out, then and later. */
export const LEFT_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"];
