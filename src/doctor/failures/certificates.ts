import type { Failure } from "../failure.ts";
import { ON_KUBERNETES } from "./on-kubernetes.ts";

const ENTRYPOINT = "https://github.com/docker-library/docker/blob/master/dockerd-entrypoint.sh";
const DIND_WITH_TLS =
  "https://docs.gitlab.com/ci/docker/using_docker_build/" +
  "#docker-in-docker-with-tls-enabled-in-the-docker-executor";

const CERTIFICATES_MISSING: readonly RegExp[] = [
  /\/(?:certs\/client|\.docker)\/(?:ca|cert|key)\.pem:? no such file/i,
];

/** TLS certificates of the job and its Docker daemon do not match. */
export const CERTIFICATES: readonly Failure[] = [
  {
    id: "certificates-missing-in-pod",
    onlyWith: ON_KUBERNETES,
    symptoms: CERTIFICATES_MISSING,
    cause:
      "The job does not find the certificates of its Docker daemon: the containers of its pod share no " +
      "folder for them, or the daemon has not created them yet.",
    remedy:
      'Add [[runners.kubernetes.volumes.empty_dir]] with mount_path = "/certs/client", and wait until ' +
      "`docker info` succeeds.",
    source: "https://docs.gitlab.com/ci/docker/using_docker_build/",
  },
  {
    id: "certificates-missing",
    neverWith: ON_KUBERNETES,
    symptoms: CERTIFICATES_MISSING,
    cause:
      "The job does not find the certificates of its Docker daemon: the two share no folder, " +
      "or the daemon has not created the certificates yet.",
    remedy:
      'Add "/certs/client" to `volumes` in the runner\'s config.toml, and wait until `docker info` succeeds.',
    source: DIND_WITH_TLS,
  },
  {
    id: "certificate-for-other-name",
    // Without a daemon's port, a name with a dot is a server on the internet.
    symptoms: [
      /:2376\b.*x509: certificate is valid for .+, not \S+/i,
      /x509: certificate is valid for .+, not [\w-]+(?![\w.-])/i,
    ],
    cause:
      "The daemon's certificate does not include the alias that the job uses: " +
      "it is valid for docker and localhost.",
    remedy: "Use the alias docker, or add the alias to the service's variables: DOCKER_TLS_SAN: DNS:<alias>.",
    source: ENTRYPOINT,
  },
  {
    id: "certificate-of-other-daemon",
    symptoms: [/:2376\b.*x509: certificate signed by unknown authority/i],
    cause:
      "The job uses another daemon's certificates: those of an earlier job in /certs/client, " +
      "or those of a second Docker-in-Docker service in the same job.",
    remedy:
      "Wait until `docker info` succeeds: the daemon replaces old certificates at its start. " +
      "Use one Docker-in-Docker service a job; `disable_cache = true` keeps nothing between jobs.",
    source: ENTRYPOINT,
  },
  {
    id: "certificate-expired",
    symptoms: [
      /x509: certificate has expired or is not yet valid/i,
      /SSL certificate problem: certificate has expired/i,
    ],
    cause: "The server's certificate has expired, or the clock of the client's host is wrong.",
    remedy: "Compare the dates in the message with `date` on the runner's host; renew the certificate.",
    source: "https://pkg.go.dev/crypto/x509#InvalidReason",
  },
];
