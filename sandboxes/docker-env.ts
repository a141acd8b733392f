import { sandbox } from "nestbox";
import { dind } from "nestbox/catalog";

export default sandbox("docker-env", {
  description: "the properties of a Docker-in-Docker daemon with TLS",
  services: {
    docker: dind(),
  },
  jobs: {
    playground: {
      image: "docker:25.0.0-cli",
      env: ({ docker }) => docker.variables,
      script: [
        "docker info --format 'Storage: {{ .Driver }} | Cgroup: {{ .CgroupDriver }}'",
        "docker run --rm alpine:3.19 sh -c 'echo nested $(uname -m)'",
      ],
    },
  },
});
