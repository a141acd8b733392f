/** The Debian release of the engine and the stand-in images. */
export const DEBIAN_RELEASE = "trixie";

/** The packages of the base beside Debian's own minimum. TLS needs them. */
export const BASE_PACKAGES = ["ca-certificates"];

/** The packages of the engine's root on top of the base: the engine, its mirror and the docker command. */
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

/** Documentation, which dpkg does not install, now or later. */
export const LEFT_OUT = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"];
