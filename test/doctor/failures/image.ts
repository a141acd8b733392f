import type { LogsOfFailures } from "./logs-of-failures.ts";

const KUBERNETES = 'Preparing the "kubernetes" executor';

export const IMAGE_LOGS: LogsOfFailures = {
  "script-format": {
    shownBy: ["exec /entrypoint.sh: exec format error"],
    notShownBy: ["./format.sh: wrong format"],
  },
  "image-architecture": {
    shownBy: [
      "exec /usr/bin/node: exec format error",
      "standard_init_linux.go:228: exec user process caused: exec format error",
    ],
    notShownBy: ["error: format of exec is unknown"],
  },
  "no-shell": {
    shownBy: [
      "OCI runtime create failed: runc create failed: unable to start container process: " +
        'exec: "sh": executable file not found in $PATH: unknown',
      'exec: "/bin/sh": stat /bin/sh: no such file or directory',
      "shell not found",
    ],
    notShownBy: ['exec: "bashate": not installed'],
  },
  "interpreter-missing": {
    shownBy: [
      "standard_init_linux.go:228: exec user process caused: no such file or directory",
      "exec /app/start.sh: no such file or directory",
      "/bin/sh: ./build.sh: /bin/bash^M: bad interpreter: No such file or directory",
      "./build.sh: line 2: $'\\r': command not found",
    ],
    notShownBy: ["cat: /app/start.sh: No such file or directory"],
  },
  "engine-too-old-for-image": {
    shownBy: [
      "curl: (6) getaddrinfo() thread failed to start",
      "pthread_create failed: Operation not permitted",
    ],
    notShownBy: ["curl: (6) getaddrinfo() failed"],
  },
  "docker-cli-missing": {
    shownBy: [
      "/bin/sh: eval: line 153: docker: not found",
      "bash: line 1: docker: command not found",
      "Error: spawn docker ENOENT",
      'exec: "docker": executable file not found in $PATH',
    ],
    notShownBy: ["docker: image not found"],
  },
  "command-not-in-image": {
    shownBy: [
      'OCI runtime create failed: unable to start container process: exec: "serve": ' +
        "executable file not found in $PATH: unknown",
    ],
    notShownBy: ["make: serve: No such file or directory"],
  },
  "not-executable": {
    shownBy: [
      'OCI runtime create failed: unable to start container process: exec: "./start.sh": ' +
        "permission denied: unknown",
      "/bin/sh: eval: line 153: ./gradlew: Permission denied",
      "bash: ./mvnw: Permission denied",
      "/usr/bin/bash: line 170: ./build.sh: Permission denied",
    ],
    notShownBy: ["bash: line 1: /usr/local/share/ca-certificates/ca.crt: Permission denied"],
  },
  "home-not-writable": {
    shownBy: [
      "error: could not lock config file /root/.gitconfig: Permission denied",
      "error: could not lock config file //.gitconfig: Permission denied",
    ],
    notShownBy: ["error: could not lock config file /builds/team/app/.git/config: File exists"],
  },
  "checkout-not-writable-in-pod": {
    shownBy: [
      [KUBERNETES, "mkdir: cannot create directory '/builds/team': Permission denied"],
      [KUBERNETES, "error: could not lock config file /builds/team/app/.git/config: Permission denied"],
    ],
    notShownBy: ["mkdir: cannot create directory '/builds/team': Permission denied"],
  },
  "checkout-not-writable": {
    shownBy: [
      "mkdir: cannot create directory '/builds/team': Permission denied",
      "error: could not lock config file /builds/team/app/.git/config: Permission denied",
    ],
    notShownBy: ["mkdir: cannot create directory '/var/cache/app': Permission denied"],
  },
  "git-ownership": {
    shownBy: ["fatal: detected dubious ownership in repository at '/builds/team/app'"],
    notShownBy: ["fatal: not a git repository (or any of the parent directories): .git"],
  },
  "library-version": {
    shownBy: ["./app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by ./app)"],
    notShownBy: ["GLIBC 2.34"],
  },
  "distribution-ended": {
    shownBy: [
      "E: The repository 'http://packages.example.com/debian buster Release' does not have a Release file.",
    ],
    notShownBy: ["Get:1 http://packages.example.com/debian trixie InRelease"],
  },
  "python-externally-managed": {
    shownBy: ["error: externally-managed-environment"],
    notShownBy: ["the environment is managed"],
  },
  "node-openssl": {
    shownBy: ["  code: 'ERR_OSSL_EVP_UNSUPPORTED'"],
    notShownBy: ["OpenSSL 3.0.13"],
  },
  "command-missing": {
    shownBy: [
      ["/bin/bash: line 153: poetry: command not found", "ERROR: Job failed: exit code 127"],
      ["/bin/sh: eval: line 153: make: not found", "ERROR: Job failed: exit code 127"],
    ],
    notShownBy: ["/bin/sh: eval: line 153: make: not found"],
  },
};
