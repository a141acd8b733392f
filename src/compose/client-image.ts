/** The image with the Docker client and the compose plugin. */
export const CLIENT_IMAGE = "docker:25.0.0-cli";
