import type { LogsOfFailures } from "./logs-of-failures.ts";

export const IMAGE_BUILDS_LOGS: LogsOfFailures = {
  "dockerfile-missing": {
    shownBy: [
      "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
      "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat /builds/Dockerfile",
      "Error: error resolving dockerfile path: please provide a valid path to a Dockerfile within the " +
        "context",
    ],
    notShownBy: ["open Dockerfile.template: permission denied"],
  },
  "copy-source-missing": {
    shownBy: [
      'ERROR: failed to solve: failed to compute cache key: "/dist": not found',
      'ERROR: failed to calculate checksum of ref 7f::1: "/target/app.jar": not found',
      "COPY failed: file not found in build context or excluded by .dockerignore: stat dist: file does " +
        "not exist",
    ],
    notShownBy: ["failed to compute the key of the cache"],
  },
  "builder-driver": {
    shownBy: [
      "ERROR: Multi-platform build is not supported for the docker driver.",
      "ERROR: Cache export is not supported for the docker driver.",
    ],
    notShownBy: ["the docker driver is supported"],
  },
  "image-not-local": {
    shownBy: ["An image does not exist locally with the tag: registry.example.com/team/app"],
    notShownBy: ["Error: No such image: registry.example.com/team/app"],
  },
  "compose-missing": {
    shownBy: [
      "/bin/sh: eval: line 153: docker-compose: not found",
      "Error: spawn docker-compose ENOENT",
      "docker: 'compose' is not a docker command.",
      "docker: unknown command: docker compose",
    ],
    notShownBy: ["docker-compose.yml: not valid"],
  },
  "kaniko-outside": {
    shownBy: ["kaniko should only be run inside of a container, run with the --force flag if you are sure"],
    notShownBy: ["kaniko builds images in a container"],
  },
  "fuse-missing": {
    shownBy: [
      "open /dev/fuse: no such file or directory",
      "fuse: device not found, try 'modprobe fuse' first",
      "fuse-overlayfs: cannot mount: Operation not permitted",
    ],
    notShownBy: ["using fuse-overlayfs"],
  },
};
