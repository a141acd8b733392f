import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { askDocker, callDocker, commandDocker, DockerRefused, readMessages, unlessMissing } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** An image that the engine has. */
export interface ExistingImage {
  /** `sha256:…` */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The engine's image of a name; undefined if it has none. */
export async function inspectImage(docker: DockerHost, image: string): Promise<ExistingImage | undefined> {
  const found = await unlessMissing(askDocker<Docker.ImageInspectInfo>(docker, `/images/${image}/json`));
  return found && { id: found.Id, labels: found.Config?.Labels ?? {} };
}

/** Images of the engine with their layers, as a tar stream. */
export function saveImages(
  docker: DockerHost,
  images: readonly string[],
  signal?: AbortSignal,
): Promise<Readable> {
  const query = new URLSearchParams(images.map((image): [string, string] => ["names", image]));
  return callDocker(docker, { method: "GET", path: `/images/get?${query}`, signal });
}

/** Removes a name from an image. The engine deletes an image without names. */
export function removeImageName(docker: DockerHost, image: string): Promise<void> {
  return commandDocker(docker, { method: "DELETE", path: `/images/${image}` });
}

/** The login for a registry. */
export interface RegistryCredentials {
  /** The registry's host, with its port. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

/** Pulls an image from the registry in its name, or from the engine's mirror. */
export async function pullImage(
  docker: DockerHost,
  image: string,
  onDetail: (text: string) => void,
  signal?: AbortSignal,
  credentials?: RegistryCredentials,
): Promise<void> {
  const [, name = image, tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  // A digest is a part of the name.
  const query = new URLSearchParams(image.includes("@") ? { fromImage: image } : { fromImage: name, tag });
  const path = `/images/create?${query}`;
  const headers = credentials && { "x-registry-auth": loginHeader(credentials) };
  const answer = await callDocker(docker, { method: "POST", path, signal, ...(headers && { headers }) });
  for await (const { error, status, id } of readMessages(answer)) {
    if (typeof error === "string") throw new DockerRefused(500, error);
    if (typeof status === "string") onDetail(typeof id === "string" ? `${id} ${status}` : status);
  }
}

/**
 * A login in base64url with padding; the engine ignores it without padding.
 * https://docs.docker.com/reference/api/engine/
 */
function loginHeader({ server, username, password }: RegistryCredentials): string {
  const login = { username, password, serveraddress: server };
  return Buffer.from(JSON.stringify(login)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
