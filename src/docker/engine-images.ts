import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { loginHeader, type RegistryCredentials } from "../registry/login.ts";
import { askDocker, callDocker, commandDocker, DockerRefused, readMessages, unlessMissing } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** An image that the engine has. */
export interface ExistingImage {
  /** `sha256:…` */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `linux/amd64` */
  readonly platform: string;
  /** When it last got a name, else when it was created, in milliseconds since 1970. */
  readonly named: number;
}

type ImageAnswer = Docker.ImageInspectInfo & { readonly Metadata?: { readonly LastTagTime?: string } };

/** The engine's image of a name; undefined if it has none. */
export async function inspectImage(docker: DockerHost, image: string): Promise<ExistingImage | undefined> {
  const found = await unlessMissing(askDocker<ImageAnswer>(docker, `/images/${image}/json`));
  if (found === undefined) return undefined;
  const { Id: id, Config, Os, Architecture, Metadata, Created } = found;
  const noted = Date.parse(Metadata?.LastTagTime ?? "");
  // Without a name it is the year 1.
  const named = noted > 0 ? noted : Date.parse(Created);
  return { id, labels: Config?.Labels ?? {}, platform: `${Os}/${Architecture}`, named };
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

/** Gives an image a name. The engine notes when. */
export function nameImage(docker: DockerHost, image: string, name: string): Promise<void> {
  const query = new URLSearchParams(repositoryAndTag(name));
  return commandDocker(docker, { method: "POST", path: `/images/${image}/tag?${query}` });
}

/** Removes a name from an image. The engine deletes an image without names. */
export function removeImageName(docker: DockerHost, image: string): Promise<void> {
  return commandDocker(docker, { method: "DELETE", path: `/images/${image}` });
}

/** Pulls an image from the registry in its name, or from the engine's mirror. */
export async function pullImage(
  docker: DockerHost,
  image: string,
  onDetail: (text: string) => void,
  signal?: AbortSignal,
  credentials?: RegistryCredentials,
  platform?: string,
): Promise<void> {
  const { repo: name, tag } = repositoryAndTag(image);
  // A digest is a part of the name.
  const query = new URLSearchParams(image.includes("@") ? { fromImage: image } : { fromImage: name, tag });
  if (platform !== undefined) query.set("platform", platform);
  const path = `/images/create?${query}`;
  const headers = credentials && { "x-registry-auth": loginHeader(credentials) };
  const answer = await callDocker(docker, { method: "POST", path, signal, ...(headers && { headers }) });
  for await (const _ of transferMessages(answer, onDetail));
}

/**
 * Pushes an image of the engine to the registry in its name. What the registry has is not sent again.
 * @returns its digest there, `sha256:…`; undefined for an engine that names none
 * @throws DockerRefused with the words of the registry
 */
export async function pushImage(
  docker: DockerHost,
  image: string,
  onDetail: (text: string) => void,
  signal?: AbortSignal,
  credentials?: RegistryCredentials,
): Promise<string | undefined> {
  const { repo, tag } = repositoryAndTag(image);
  const path = `/images/${repo}/push?${new URLSearchParams({ tag })}`;
  // Engines refuse a push without the header.
  const headers = { "x-registry-auth": credentials ? loginHeader(credentials) : NO_LOGIN };
  const answer = await callDocker(docker, { method: "POST", path, signal, headers });
  let digest: string | undefined;
  for await (const { aux } of transferMessages(answer, onDetail))
    digest = (aux as { readonly Digest?: string } | undefined)?.Digest ?? digest;
  return digest;
}

/** An empty login, `{}` in base64. */
const NO_LOGIN = "e30=";

/**
 * The digest that the registry in an image's name has for it.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Distribution
 * @throws DockerRefused if the registry has no such image, or refuses to say
 */
export async function digestInRegistry(
  docker: DockerHost,
  image: string,
  signal?: AbortSignal,
  credentials?: RegistryCredentials,
): Promise<string> {
  type Answer = { readonly Descriptor: { readonly digest: string } };
  const headers = credentials && { "x-registry-auth": loginHeader(credentials) };
  const call = { signal, ...(headers && { headers }) };
  return (await askDocker<Answer>(docker, `/distribution/${image}/json`, call)).Descriptor.digest;
}

/** The messages of a pull or a push. @throws DockerRefused for an error among them */
async function* transferMessages(answer: Readable, onDetail: (text: string) => void) {
  for await (const message of readMessages(answer)) {
    const { error, status, id } = message;
    if (typeof error === "string") throw new DockerRefused(500, error);
    if (typeof status === "string") onDetail(typeof id === "string" ? `${id} ${status}` : status);
    yield message;
  }
}

function repositoryAndTag(image: string): { readonly repo: string; readonly tag: string } {
  const [, repo = image, tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  return { repo, tag };
}
