import type { Failure } from "../failure.ts";

const ENTRYPOINT = "https://github.com/docker-library/docker/blob/master/dockerd-entrypoint.sh";

/** The job and its Docker daemon do not agree on certificates. */
export const CERTIFICATES: readonly Failure[] = [
  {
    id: "certificates-missing",
    symptoms: [/\/certs\/client\/(?:ca|cert|key)\.pem:? no such file/i],
    cause:
      "The job does not see the certificates that the daemon made: they share no folder, or the daemon has not made them yet.",
    remedy:
      'Add "/certs/client" to `volumes` in the runner\'s config.toml, and wait until `docker info` succeeds.',
    source:
      "https://docs.gitlab.com/ci/docker/using_docker_build/#docker-in-docker-with-tls-enabled-in-the-docker-executor",
  },
  {
    id: "certificate-for-other-name",
    // A name with a dot is some server's in the world, unless it is asked at a daemon's port.
    symptoms: [
      /:2376\b.*x509: certificate is valid for .+, not \S+/i,
      /x509: certificate is valid for .+, not [\w-]+(?![\w.-])/i,
    ],
    cause:
      "The daemon's certificate does not name the alias by which the job calls it: it knows docker and localhost.",
    remedy:
      "Call the service docker, or add its alias to the service's variables: DOCKER_TLS_SAN: DNS:<alias>.",
    source: ENTRYPOINT,
  },
  {
    id: "certificate-of-other-daemon",
    symptoms: [/:2376\b.*x509: certificate signed by unknown authority/i],
    cause:
      "The job has another daemon's certificates: those that an earlier job left in /certs/client, or those of a second Docker-in-Docker service in this job.",
    remedy:
      "Wait until `docker info` succeeds: by then they have been replaced. Have one Docker-in-Docker service a job; `disable_cache = true` keeps nothing between jobs.",
    source: ENTRYPOINT,
  },
];
