import { sandbox } from "nestbox";

export default sandbox("image", {
  description: "an image that is built without a Docker daemon, and tested by its digest",
  services: {},
  jobs: {
    build: {
      image: "moby/buildkit:rootless",
      files: "examples/greeter",
      entrypoint: [],
      userNamespaces: true,
      env: { BUILDKITD_FLAGS: "--oci-worker-no-process-sandbox" },
      before: [
        'mkdir -p "$HOME/.docker"',
        // GitLab sets the variables of the registry: this file contains no credentials.
        [
          `printf '{"auths":{"%s":{"username":"%s","password":"%s"}}}'`,
          '"$CI_REGISTRY" "$CI_REGISTRY_USER" "$CI_REGISTRY_PASSWORD" > "$HOME/.docker/config.json"',
        ].join(" "),
      ],
      script: [
        [
          "buildctl-daemonless.sh build --frontend dockerfile.v0 --local context=. --local dockerfile=.",
          '--output "type=image,push=true,name=$CI_REGISTRY_IMAGE/greeter:$CI_COMMIT_SHA"',
          "--metadata-file /tmp/build.json",
        ].join(" "),
        `digest=$(sed -n 's/.*"containerimage.digest": *"\\([^"]*\\)".*/\\1/p' /tmp/build.json)`,
        'echo "GREETER_IMAGE=$CI_REGISTRY_IMAGE/greeter@$digest" > "$CI_PROJECT_DIR/image.env"',
      ],
      variablesFile: "image.env",
    },
    verify: {
      image: "$GREETER_IMAGE",
      needs: ["build"],
      script: ["greet | grep 'Hello from an image'"],
    },
  },
});
