import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { callDocker, readMessages, readText } from "../../src/docker/api.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { inspectImage, removeImageName } from "../../src/docker/images.ts";
import { contentHash } from "../../src/machine/content-hash.ts";
import { acquireLock } from "../../src/machine/lock.cjs";
import { BASE_RECIPE, debianBase } from "../engine/debian-base.ts";
import { compileGoPrograms, sourcesOf } from "../go-programs.ts";
import { COMPILED_PROGRAMS } from "./compiled-programs.ts";
import { BASE_LABEL, MIRROR_LABEL, RECIPE_LABEL, STAND_IN_LABEL, type StandIn } from "./stand-ins.ts";

export interface BuildRequest {
  readonly docker: DockerHost;
  readonly cache: string;
  /** The folder of this file. */
  readonly imagesFolder: string;
  /** The address of the engine's registry mirror. @default none */
  readonly mirror?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDetail: (text: string) => void;
}

/** The build of a stand-in failed. */
export class StandInFailed extends Error {
  override readonly name = "StandInFailed";
}

/** The image that the Dockerfiles start from. */
const BASE_IMAGE = { repository: "nestbox/debian", tag: "13" };
/** How many of a failed build's last lines its error repeats. */
const LAST_LINES = 12;

/** What a stand-in is built from, as the value of its recipe label. */
export function recipeOf(standIn: StandIn, imagesFolder: string): string {
  const { programs } = standIn;
  const files = [
    join(imagesFolder, "collect-programs.sh"),
    ...recipeFiles(standIn, imagesFolder),
    ...(programs === undefined ? [] : sourcesOf(join(imagesFolder, "..", programs))),
  ];
  return contentHash(files.map((file) => readFileSync(file, "utf8")));
}

/** Builds a stand-in and gives it its public name. */
export async function buildStandIn(standIn: StandIn, request: BuildRequest): Promise<void> {
  await importBase(request);
  const compiled = await programsOf(standIn, request);
  request.onDetail("building");
  const mirror = standIn.pulls ? (request.mirror ?? "") : undefined;
  const labels = {
    ...(mirror !== undefined && { [MIRROR_LABEL]: mirror }),
    [STAND_IN_LABEL]: `Made of ${ingredients(standIn)}; serves as ${standIn.name}, but is not it`,
    [RECIPE_LABEL]: recipeOf(standIn, request.imagesFolder),
    "org.opencontainers.image.title": `Nestbox stand-in for ${standIn.name}`,
    "org.opencontainers.image.base.name": `${BASE_IMAGE.repository}:${BASE_IMAGE.tag}`,
  };
  const query = new URLSearchParams({
    t: standIn.name,
    dockerfile: `${standIn.folder}/Dockerfile`,
    labels: JSON.stringify(labels),
    buildargs: JSON.stringify({
      ...proxySettings(),
      ...(mirror !== undefined && { REGISTRY_MIRROR: mirror }),
    }),
    // The network of the machine: it is known to reach Debian's packages.
    networkmode: "host",
    forcerm: "1",
  });
  const answer = await callDocker(request.docker, {
    method: "POST",
    path: `/build?${query}`,
    body: archive(request.imagesFolder, [".", ...compiled]),
    headers: { "content-type": "application/x-tar" },
    signal: request.signal,
  });
  await followBuild(answer, standIn.name, request.onDetail);
}

/** What adds the programs that go into a stand-in to the archive of its build. */
async function programsOf({ programs }: StandIn, request: BuildRequest): Promise<readonly string[]> {
  if (programs === undefined) return [];
  const moduleFolder = join(request.imagesFolder, "..", programs);
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
  const { repository, tag } = BASE_IMAGE;
  const isThere = async (): Promise<boolean> =>
    (await inspectImage(docker, `${repository}:${tag}`))?.labels[BASE_LABEL] === BASE_RECIPE;
  if (await isThere()) return;
  const giveBack = await acquireLock(`${request.cache} ${docker.host} base`, (holder) =>
    onDetail(`waiting for process ${holder}`),
  );
  try {
    if (await isThere()) return;
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

async function followBuild(answer: Readable, name: string, onDetail: (text: string) => void): Promise<void> {
  const lines: string[] = [];
  for await (const { stream, error } of readMessages(answer)) {
    if (typeof error === "string") {
      const output = lines.slice(-LAST_LINES).map((line) => `\n    ${line}`);
      throw new StandInFailed(`The stand-in for ${name} could not be built: ${error}${output.join("")}`);
    }
    if (typeof stream !== "string" || stream.trim() === "") continue;
    lines.push(stream.trimEnd());
    onDetail(stream.trim());
  }
}

/**
 * Removes what builds leave without a name: their first stages, and the predecessors of what was built again.
 * Not while another build runs, for its image too has no name until the end.
 */
export async function removeBuildLeftovers(docker: DockerHost): Promise<void> {
  for (const label of [BASE_LABEL, STAND_IN_LABEL]) {
    const filters = JSON.stringify({ dangling: ["true"], label: [label] });
    const path = `/images/json?filters=${encodeURIComponent(filters)}`;
    const answer = await callDocker(docker, { method: "GET", path });
    const leftovers: readonly { readonly Id: string }[] = JSON.parse(await readText(answer));
    for (const { Id } of leftovers) {
      // A container may use it; it is removed some other time then.
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

/** Docker passes these, by these names, to a build's commands and keeps them out of the image. */
function proxySettings(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  const settings = names.map((name) => [name, process.env[name]]).filter(([, value]) => value);
  return Object.fromEntries(settings);
}
