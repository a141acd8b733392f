import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const NEEDS_A_SHELL = "https://docs.gitlab.com/runner/executors/docker/#configure-a-docker-entrypoint";
const PLATFORMS = "https://docs.docker.com/build/building/multi-platform/";

const CHECKOUT_NOT_WRITABLE: readonly RegExp[] = [
  /cannot create directory \S?\/builds\b.*Permission denied/i,
  /could not lock config file \/builds\/\S+: Permission denied/i,
];

/** The image, or what is in it, does not suit the job. */
export const IMAGE: readonly Failure[] = [
  {
    id: "script-format",
    symptoms: [/\.(?:sh|bash|py|pl|rb)\b[^ ]* .*exec format error/i],
    cause: "The script has no `#!` line; or the image is for another architecture than the host.",
    remedy:
      "Begin the script with `#!/bin/sh`. Compare `docker image inspect -f '{{.Architecture}}' IMAGE` with " +
      "`uname -m` of the host.",
    source: PLATFORMS,
  },
  {
    id: "image-architecture",
    symptoms: [/exec format error/i],
    cause: "The program is built for another architecture than the host: amd64 on arm64, or the reverse.",
    remedy:
      "Use an image, or a download, for the host's architecture, or a runner of the other one. To emulate " +
      "it, register QEMU on the host: docker run --privileged tonistiigi/binfmt --install all.",
    source: PLATFORMS,
  },
  {
    id: "no-shell",
    symptoms: [
      /exec:? [\\"']*(?:\/(?:usr\/)?bin\/)?(?:ba)?sh[\\"']*: executable file not found/i,
      /exec:? [\\"']*\/(?:usr\/)?bin\/(?:ba)?sh[\\"']*: stat .*no such file/i,
      /^shell not found$/,
    ],
    cause: "The image has no shell. The runner executes a job's script with bash or sh.",
    remedy:
      "Use an image with a shell, such as the variant `debug` of kaniko or distroless images. Where the " +
      'image has one, set `entrypoint: [""]` in `image:`.',
    source: NEEDS_A_SHELL,
  },
  {
    id: "interpreter-missing",
    symptoms: [
      /exec user process caused:? \\?"?no such file or directory/i,
      /^exec \/\S+: no such file or directory$/i,
      /\^M: bad interpreter/i,
      /\$'\\r': command not found/i,
    ],
    cause:
      "The program is there, what runs it is not: a script with Windows line ends or without its shell, " +
      "or a program for glibc in an Alpine image.",
    remedy: "Convert the script with dos2unix, or use an image that has the shell or libraries.",
    source: "https://man7.org/linux/man-pages/man2/execve.2.html",
  },
  {
    id: "engine-too-old-for-image",
    symptoms: [/getaddrinfo\(\) thread failed to start/i, /pthread_create failed.*Operation not permitted/i],
    cause:
      "The engine is older than 20.10.10: it forbids a system call (clone3) that the image's glibc uses.",
    remedy: "Update the engine on the runner's host; for a nested daemon, its image.",
    source: "https://github.com/moby/moby/pull/42681",
  },
  {
    id: "docker-cli-missing",
    symptoms: [
      /(?:^|[\s:])docker: (?:command )?not found/i,
      /spawn docker ENOENT/,
      /exec: [\\"']*docker[\\"']*: executable file not found/i,
    ],
    cause: "The job's image contains no Docker client.",
    remedy: "Use an image with one, such as docker:cli, or install it in the job.",
    source: "https://docs.gitlab.com/ci/docker/using_docker_build/",
  },
  {
    id: "command-not-in-image",
    symptoms: [/exec:? [\\"']*[^\s"'\\]+[\\"']*: executable file not found in \$PATH/i],
    cause: "The image does not contain the command that should start its container.",
    remedy:
      "Correct `entrypoint` or `command` of the image or service, or the arguments after the image's name.",
    source: NEEDS_A_SHELL,
  },
  {
    id: "not-executable",
    symptoms: [
      /(?:OCI runtime|container process).*exec:? [\\"']*[^\s"'\\]+[\\"']*: permission denied/i,
      /^(?:\/\S*|\w*sh): (?:(?:eval|line \d+): ?)*(?:line \d+: )?\.\/\S+: Permission denied/i,
    ],
    cause: "The file is not executable.",
    remedy: "In the repository: git update-index --chmod=+x FILE. In a Dockerfile: RUN chmod +x FILE.",
    source: "https://git-scm.com/docs/git-update-index",
  },
  {
    id: "home-not-writable",
    symptoms: [
      /could not lock config file \/(?:root)?\/?\.gitconfig: (?:Permission denied|Read-only file system)/i,
    ],
    cause: "The container's user may not write to its home directory (HOME), where git keeps its settings.",
    remedy: 'In the script: export HOME="$(mktemp -d)". Or set HOME in the image to a folder of its user.',
    source: "https://docs.gitlab.com/runner/executors/kubernetes/troubleshooting/",
  },
  {
    id: "checkout-not-writable-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: CHECKOUT_NOT_WRITABLE,
    cause: "The container's user may not write to the volume at /builds.",
    remedy:
      "Set fs_group in [runners.kubernetes.pod_security_context] to the user's group, or run helper and " +
      "build as one user (run_as_user).",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#set-a-security-policy-for-the-pod",
  },
  {
    id: "checkout-not-writable",
    neverWith: ON_KUBERNETES,
    symptoms: CHECKOUT_NOT_WRITABLE,
    cause:
      "The image's user may not write where the runner puts the project: its helper creates these folders " +
      "as root.",
    remedy:
      'Set FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: "true" for the job, or run the image as root with ' +
      "`image:docker:user`.",
    source: "https://docs.gitlab.com/runner/configuration/feature-flags/",
  },
  {
    id: "git-ownership",
    symptoms: [/fatal: detected dubious ownership in repository/i],
    cause: "Git refuses the project's folder: it belongs to another user than the job's.",
    remedy: 'In the script: git config --global --add safe.directory "$CI_PROJECT_DIR".',
    source: "https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory",
  },
  {
    id: "library-version",
    symptoms: [/version [`']?(?:GLIBC|GLIBCXX|CXXABI)_[\d.]+'? not found/i],
    cause: "The program is built for a newer C or C++ library than the image has.",
    remedy: "Use a newer image, build the program in an image like this one, or link it statically.",
    source: "https://man7.org/linux/man-pages/man8/ld.so.8.html",
  },
  {
    id: "distribution-ended",
    symptoms: [/The repository '\S+ (?:\S+ )?Release' (?:does not have|no longer has) a Release file/i],
    cause:
      "The image's distribution is no longer served there: its support has ended, or its name is misspelt.",
    remedy:
      "Use an image with a supported release. For an old one, point sources.list to the archive's server.",
    source: "https://www.debian.org/releases/",
  },
  {
    id: "python-externally-managed",
    symptoms: [/error: externally-managed-environment/i],
    cause: "The image's Python belongs to its distribution: pip does not install packages into it.",
    remedy: "Install into a virtual environment (python3 -m venv .venv), or use an image python:VERSION.",
    source: "https://peps.python.org/pep-0668/",
  },
  {
    id: "node-openssl",
    symptoms: [/ERR_OSSL_EVP_UNSUPPORTED|error:0308010C:digital envelope routines::unsupported/],
    cause: "The image's Node has OpenSSL 3, and the build tool uses a hash that it no longer has (MD4).",
    remedy:
      "Update the tool (webpack 5), pin the older Node image, or set NODE_OPTIONS: " +
      '"--openssl-legacy-provider".',
    source: "https://nodejs.org/en/blog/release/v17.0.0",
  },
  {
    id: "command-missing",
    general: true,
    onlyWith: /\bexit (?:code|status):? 127\b/i,
    symptoms: [
      /^(?:\/\S*sh|\w*sh|\S+\.sh): (?:eval: )?(?:line \d+: |\d+: )?[\w./-]+: (?:command )?not found$/i,
    ],
    cause: "The job's image contains no such command (exit code 127).",
    remedy: "Use an image that has it, or install it in the script. Check the spelling and PATH.",
    source: NEEDS_A_SHELL,
  },
];
