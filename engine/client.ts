import type Docker from "dockerode";

/** A client of the Docker engine that DOCKER_HOST names, or of the one on this machine's socket. Nothing is sent yet. */
export async function connect(): Promise<Docker> {
  // Loading it takes longer than most commands: whoever needs no engine does not pay for it.
  const { default: Dockerode } = await import("dockerode");
  return new Dockerode();
}
