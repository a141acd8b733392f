import { statSync } from "node:fs";
import type { BuildContext } from "../../images/build-context.ts";
import { archiveFiles } from "../../machine/archive-folder.ts";
import type { Labels } from "../../model/labels.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { inBothCases } from "../../model/plan/place-proxies.ts";
import type { PlannedBuild } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { callDocker, readMessages } from "../api.ts";
import { containerProxies } from "../container-proxies.ts";
import type { BuildRequest } from "./build-request.ts";

/** A step of a build failed. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
  readonly lastLines: readonly string[];

  constructor(message: string, lastLines: readonly string[]) {
    super(message);
    this.lastLines = lastLines;
  }
}

const LAST_LINES = 12;

/** The name of a Dockerfile that `.dockerignore` leaves out. */
const ADDED_DOCKERFILE = ".nestbox.Dockerfile";

/**
 * Builds by the engine's own builder, which every engine has.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Image/operation/ImageBuild
 * @throws BuildFailed; ConfigurationError for a build that needs BuildKit
 */
export async function buildByApi(
  build: PlannedBuild,
  context: BuildContext,
  labels: Labels,
  { docker, environment, onLine, signal }: BuildRequest,
): Promise<void> {
  const { image, context: named, dockerfile: _file, target, args, secrets, ...others } = build;
  const { platform, cacheFrom, ...rest } = others;
  nothingLeft(rest);
  if (Object.keys(secrets).length > 0)
    throw new ConfigurationError(
      `build of ${named}: has secrets, which need BuildKit; install buildx, a plugin of the docker command`,
    );
  const { dockerfile, files } = withDockerfile(context);
  const query = new URLSearchParams({
    ...{ t: image, dockerfile, rm: "1", forcerm: "1" },
    // Each Dockerfile has those of the proxies and no image keeps them, as with the docker command.
    buildargs: JSON.stringify({ ...inBothCases(containerProxies(docker, environment)), ...args }),
    labels: JSON.stringify(labels),
    ...(cacheFrom.length > 0 && { cachefrom: JSON.stringify(cacheFrom) }),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
  });
  const answer = await callDocker(docker, {
    ...{ method: "POST", path: `/build?${query}`, body: archiveFiles(files), signal },
    headers: { "content-type": "application/x-tar" },
  });
  const lastLines: string[] = [];
  for await (const { error, stream, status } of readMessages(answer)) {
    if (typeof error === "string") throw new BuildFailed(withRemedy(error), lastLines);
    for (const line of `${stream ?? status ?? ""}`.split("\n").filter((one) => one.trim() !== "")) {
      lastLines.push(line.trimEnd());
      if (lastLines.length > LAST_LINES) lastLines.shift();
      onLine(line);
    }
  }
}

/** The files with the Dockerfile among them, and its name. */
function withDockerfile({ dockerfile, files }: BuildContext) {
  const found = files.find(({ file }) => file === dockerfile);
  if (found !== undefined) return { dockerfile: found.name, files };
  const stats = statSync(dockerfile);
  return {
    dockerfile: ADDED_DOCKERFILE,
    files: [...files, { name: ADDED_DOCKERFILE, file: dockerfile, stats }],
  };
}

function withRemedy(error: string): string {
  return /requires BuildKit/i.test(error)
    ? `${error}; install buildx, a plugin of the docker command`
    : error;
}
