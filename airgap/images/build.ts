import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { contentHash } from "../content-hash.ts";
import type { Dependencies, DockerHost, Task } from "../dependencies.ts";
import { BASE_RECIPE, debianBase } from "../engine/debian-base.ts";
import { compileGoPrograms, sourcesOf } from "../go-programs.ts";
import { COMPILED_PROGRAMS } from "./compiled-programs.ts";
import {
  BASE_LABEL,
  MIRROR_LABEL,
  RECIPE_LABEL,
  STAND_IN_LABEL,
  STAND_INS,
  type StandIn,
} from "./stand-ins.ts";

export interface BuildRequest extends Task {
  readonly docker: DockerHost;
  /** The address of the engine's registry mirror. @default none */
  readonly mirror?: string | undefined;
}

/** The build of a stand-in failed. */
export class StandInFailed extends Error {
  override readonly name = "StandInFailed";
}

/** The image that the Dockerfiles start from. */
const BASE_IMAGE = { repository: "nestbox/debian", tag: "13" };
/** The number of output lines in the error of a failed build. */
const LAST_LINES = 12;

/**
 * The state of a stand-in's recipe; undefined for an image that is no stand-in.
 * @param name the public name, as in STAND_INS
 * @param mirror the address of the engine's registry mirror
 */
export function standInState(
  name: string,
  labels: Readonly<Record<string, string>>,
  mirror: string | undefined,
): "current" | "outdated" | undefined {
  if (labels[STAND_IN_LABEL] === undefined) return undefined;
  const standIn = STAND_INS.find((each) => each.name === name);
  const isCurrent =
    standIn === undefined ||
    (labels[RECIPE_LABEL] === recipeOf(standIn) &&
      // An image from another engine pulls from the mirror of that one.
      !(standIn.pulls && mirror !== undefined && labels[MIRROR_LABEL] !== mirror));
  return isCurrent ? "current" : "outdated";
}

/** The value of a stand-in's recipe label: a hash of its sources. */
export function recipeOf(standIn: StandIn, imagesFolder: string = import.meta.dirname): string {
  const { programs } = standIn;
  const files = [
    join(imagesFolder, "collect-programs.sh"),
    ...recipeFiles(standIn, imagesFolder),
    ...(programs === undefined ? [] : sourcesOf(join(imagesFolder, "..", programs))),
  ];
  return contentHash(files.map((file) => readFileSync(file, "utf8")));
}

/**
 * Builds a stand-in under its public name.
 * @param name the public name, as in STAND_INS
 * @throws as compileGoPrograms does for a stand-in with compiled programs
 */
export async function buildStandIn(name: string, request: BuildRequest): Promise<void> {
  const standIn = STAND_INS.find((each) => each.name === name);
  if (standIn === undefined)
    throw new StandInFailed(`${name}: no stand-in for this image; use one of STAND_INS`);
  await buildImage(standIn, request, {
    [STAND_IN_LABEL]: `Made of ${ingredients(standIn)}; serves as ${standIn.name}, but is not it`,
    "org.opencontainers.image.title": `Nestbox stand-in for ${standIn.name}`,
  });
}

/**
 * Builds an image of Debian's packages and compiled programs.
 * @param labels in addition to those of every build
 * @throws as compileGoPrograms does
 */
export async function buildImage(
  image: StandIn,
  request: BuildRequest,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await importBase(request);
  const compiled = await programsOf(image, request);
  request.onDetail("building");
  const mirror = image.pulls ? (request.mirror ?? "") : undefined;
  const allLabels = {
    ...(mirror !== undefined && { [MIRROR_LABEL]: mirror }),
    [RECIPE_LABEL]: recipeOf(image),
    "org.opencontainers.image.base.name": `${BASE_IMAGE.repository}:${BASE_IMAGE.tag}`,
    ...labels,
  };
  const query = new URLSearchParams({
    t: image.name,
    dockerfile: `${image.folder}/Dockerfile`,
    labels: JSON.stringify(allLabels),
    buildargs: JSON.stringify({
      ...proxySettings(),
      ...(mirror !== undefined && { REGISTRY_MIRROR: mirror }),
    }),
    // The network of the machine reaches Debian's packages; that of a container may not.
    networkmode: "host",
    forcerm: "1",
  });
  const answer = await request.dependencies.callDocker(request.docker, {
    method: "POST",
    path: `/build?${query}`,
    body: archive(import.meta.dirname, [".", ...certificates(request.cache), ...compiled]),
    headers: { "content-type": "application/x-tar" },
    signal: request.signal,
  });
  await followBuild(answer, image.name, request);
}

/**
 * The arguments of tar that add this machine's CA certificates, ca-certificates.crt. First stages trust them
 * while they download packages that are not Debian's; no image contains them.
 */
function certificates(cache: string): readonly string[] {
  const files = [process.env.NESTBOX_CA_BUNDLE, "/etc/ssl/certs/ca-certificates.crt"];
  const found = files.find((file) => file !== undefined && existsSync(file));
  const folder = join(cache, "certificates");
  mkdirSync(folder, { recursive: true });
  const content = found === undefined ? rootCertificates.join("\n") : readFileSync(found);
  // Renamed at its end, because another process may read it.
  const unfinished = join(folder, `${process.pid}.partial`);
  writeFileSync(unfinished, content);
  renameSync(unfinished, join(folder, "ca-certificates.crt"));
  return ["--directory", folder, "ca-certificates.crt"];
}

/** The arguments of tar that add a stand-in's compiled programs to the archive of its build. */
async function programsOf({ programs }: StandIn, request: BuildRequest): Promise<readonly string[]> {
  if (programs === undefined) return [];
  const moduleFolder = join(import.meta.dirname, "..", programs);
  const folder = await compileGoPrograms({ moduleFolder, ...COMPILED_PROGRAMS[programs] }, request);
  return ["--directory", dirname(folder), basename(folder)];
}

function ingredients({ programs }: StandIn): string {
  if (programs === undefined) return "Debian's packages";
  return `Debian's packages and ${COMPILED_PROGRAMS[programs].description}`;
}

/** Imports the base that all stand-ins share, unless the engine has it. */
async function importBase(request: BuildRequest): Promise<void> {
  const { docker, onDetail } = request;
  const { acquireLock, callDocker, inspectImage, readMessages } = request.dependencies;
  const { repository, tag } = BASE_IMAGE;
  const isImported = async (): Promise<boolean> =>
    (await inspectImage(docker, `${repository}:${tag}`))?.labels[BASE_LABEL] === BASE_RECIPE;
  if (await isImported()) return;
  const giveBack = await acquireLock(`${request.cache} ${docker.host} base`, (holder) =>
    onDetail(`waiting for process ${holder}`),
  );
  try {
    if (await isImported()) return;
    const root = await debianBase(request);
    onDetail("importing Debian");
    const query = new URLSearchParams({
      fromSrc: "-",
      repo: repository,
      tag,
      message: "Debian's packages, by mmdebstrap",
    });
    query.append("changes", `LABEL ${BASE_LABEL}=${BASE_RECIPE}`);
    query.append("changes", 'CMD ["bash"]');
    const answer = await callDocker(docker, {
      method: "POST",
      path: `/images/create?${query}`,
      body: archive(root, ["--exclude=./var/lib/apt/lists/*", "--exclude=./dev/*", "."]),
      headers: { "content-type": "application/x-tar" },
      signal: request.signal,
    });
    for await (const message of readMessages(answer)) {
      if (typeof message.error === "string") throw new StandInFailed(message.error);
    }
  } finally {
    await giveBack();
  }
}

/** A folder as a tar stream. */
function archive(folder: string, args: readonly string[]): Readable {
  const tar = spawn("tar", ["--create", "--numeric-owner", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  tar.once("error", (error) => tar.stdout.destroy(error));
  return tar.stdout;
}

async function followBuild(
  answer: Readable,
  name: string,
  { dependencies, onDetail }: BuildRequest,
): Promise<void> {
  const lines: string[] = [];
  for await (const { stream, error } of dependencies.readMessages(answer)) {
    if (typeof error === "string") {
      const output = lines.slice(-LAST_LINES).map((line) => `\n    ${line}`);
      throw new StandInFailed(`${name}: the build failed: ${error}${output.join("")}`);
    }
    if (typeof stream !== "string" || stream.trim() === "") continue;
    lines.push(stream.trimEnd());
    onDetail(stream.trim());
  }
}

/**
 * Removes the dangling images of builds: their first stages, and earlier builds of the same name. Never call
 * it during a build, which tags its image at its end.
 */
export async function removeDanglingBuilds(
  docker: DockerHost,
  { askDocker, removeImageName }: Dependencies,
): Promise<void> {
  for (const label of [BASE_LABEL, STAND_IN_LABEL]) {
    const filters = JSON.stringify({ dangling: ["true"], label: [label] });
    const path = `/images/json?filters=${encodeURIComponent(filters)}`;
    const dangling = (await askDocker(docker, path)) as readonly { readonly Id: string }[];
    for (const { Id } of dangling) {
      // The engine refuses an image that a container uses; a later call removes it.
      await removeImageName(docker, Id).catch(() => undefined);
    }
  }
}

function recipeFiles({ folder }: StandIn, imagesFolder: string): readonly string[] {
  return readdirSync(join(imagesFolder, folder), { recursive: true })
    .map((name) => join(imagesFolder, folder, String(name)))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** Docker's predefined build arguments, which it keeps out of the image. */
function proxySettings(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  const settings = names.map((name) => [name, process.env[name]]).filter(([, value]) => value);
  return Object.fromEntries(settings);
}
