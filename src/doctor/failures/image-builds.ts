import type { Failure } from "../failure.ts";

const BUILD_CONTEXT = "https://docs.docker.com/build/concepts/context/";

/** A build of an image fails before or besides its own commands. */
export const IMAGE_BUILDS: readonly Failure[] = [
  {
    id: "dockerfile-missing",
    symptoms: [
      /failed to read dockerfile: open \S+: no such file or directory/i,
      /unable to evaluate symlinks in Dockerfile path/i,
      /error resolving dockerfile path: please provide a valid path to a Dockerfile/i,
    ],
    cause: "The build finds no Dockerfile at that path.",
    remedy:
      "Pass its path with --file, relative to the working directory, and check the name's upper and " +
      "lower case.",
    source: BUILD_CONTEXT,
  },
  {
    id: "copy-source-missing",
    symptoms: [
      /failed to (?:compute cache key|calculate checksum of ref)\b.*: not found/i,
      /(?:COPY|ADD) failed: (?:stat|file not found|no source files)/i,
    ],
    cause: "COPY or ADD names a file that is not in the build context.",
    remedy:
      "Check the path in the context and .dockerignore. What an earlier job built comes only as an " +
      "artifact: that job needs `artifacts: paths`, this one `needs` or `dependencies`.",
    source: BUILD_CONTEXT,
  },
  {
    id: "builder-driver",
    symptoms: [
      /(?:Multi-platform build|Cache export) is not (?:currently )?supported for the docker driver/i,
    ],
    cause: "The default builder of the docker driver cannot do this.",
    remedy: "Create one that can: docker buildx create --use --driver docker-container.",
    source: "https://docs.docker.com/build/builders/drivers/",
  },
  {
    id: "image-not-local",
    symptoms: [/An image does not exist locally with the tag: /i],
    cause:
      "The daemon has no image of this name: another job's daemon built it, buildx kept it in its own " +
      "cache, or it has another tag.",
    remedy:
      "Build and push in one job, with the same name; with buildx use --load or --push. Between jobs, " +
      "push to a registry.",
    source: "https://docs.docker.com/build/exporters/",
  },
  {
    id: "compose-missing",
    symptoms: [
      /\bdocker-compose: (?:command )?not found/i,
      /spawn docker-compose ENOENT/,
      /docker: 'compose' is not a docker command/i,
      /docker: unknown command: docker compose/i,
    ],
    cause: "The job's image contains no Docker Compose, or not the one that the script calls.",
    remedy:
      "Call `docker compose` in an image with the plug-in, such as docker:cli. docker-compose was " +
      "version 1, which is no longer published.",
    source: "https://docs.docker.com/compose/releases/migrate/",
  },
  {
    id: "kaniko-outside",
    symptoms: [/kaniko should only be run inside of a container/i],
    cause: "kaniko does not see that it runs in a container.",
    remedy: "Use its own image as the job's image. In a container that it does not recognise, pass --force.",
    source: "https://docs.gitlab.com/ci/docker/using_kaniko/",
  },
  {
    id: "fuse-missing",
    symptoms: [
      /\/dev\/fuse\b.*(?:No such file or directory|Operation not permitted|Permission denied)/i,
      /fuse: device not found/i,
      /fuse-overlayfs: cannot mount/i,
    ],
    cause: "The build's storage driver needs /dev/fuse, which the container does not have.",
    remedy:
      'Set devices = ["/dev/fuse"] in [runners.docker]; or use another driver: --storage-driver=vfs, ' +
      "slower, or the kernel's overlay from Linux 5.13 on.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section",
  },
];
