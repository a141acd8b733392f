import { sandbox } from "nestbox";
import { dind } from "nestbox/catalog";

/** The exit code of the job without a daemon if it fails for the expected reason. */
const NO_DAEMON = 42;

export default sandbox("nesting", {
  description: "access of a nested container to its Docker daemon",
  services: {
    docker: dind({ tls: false, command: ["--mtu=1460"] }),
  },
  jobs: {
    "integration-sandbox": {
      image: "docker:25.0.0-cli",
      env: ({ docker }) => docker.variables,
      script: [
        `echo "[host] docker version:" && docker version --format '{{ .Server.Version }}'`,
        'echo "[host] starting nested container..."',
        "docker run --rm alpine:3.19 sh -c 'echo \"[nested] hello from inside nested container\"'",
      ],
    },
    "without-daemon": {
      image: "docker:25.0.0-cli",
      env: ({ docker }) => docker.variables,
      before: ["docker pull --quiet docker:25.0.0-cli"],
      script: [
        [
          "if answer=$(docker run --rm --env DOCKER_HOST=tcp://docker-service:2375" +
            " docker:25.0.0-cli docker ps 2>&1); then",
          '  echo "A daemon answered the nested container, although none was given to it: $answer"',
          "  exit 1",
          "fi",
          'echo "$answer"',
        ].join("\n"),
        "docker run --rm docker:25.0.0-cli sh -c '! test -e /var/run/docker.sock'",
        [
          'case $answer in *"lookup docker-service"*)',
          '  echo "Expected: the nested container has no /var/run/docker.sock,' +
            ' and no service called docker-service is on its network."',
          `  exit ${NO_DAEMON} ;;`,
          "esac",
        ].join("\n"),
        'echo "It failed for another reason than the missing daemon."; exit 1',
      ],
      gitlab: { allowedExitCodes: [NO_DAEMON] },
    },
  },
});
