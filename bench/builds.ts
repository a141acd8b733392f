import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { hasBuildx } from "../src/docker/build/build-by-buildx.ts";
import { buildImage, isBuilt } from "../src/docker/build/build-image.ts";
import { engineHost } from "../src/docker/engine-host.ts";
import { removeImageName } from "../src/docker/engine-images.ts";
import { nameBuildsOf } from "../src/images/name-builds.ts";
import { build } from "../src/model/build-definition.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import { plan } from "../src/model/plan/plan-sandbox.ts";
import { inTurn, type Round, type Steps } from "./rounds.ts";

/** A build of files that were never built, one after a line has changed, and one of the same again. */
type Step = "first" | "changed" | "unchanged";

const FILES = 2000;
const DOCKERFILE = "FROM alpine:3.19\nCOPY files /files\nCOPY line.txt /\nRUN cat /line.txt\n";

/**
 * Times the builds of an image with 2,000 files, with the builder that Nestbox would choose on this machine:
 * Nestbox's in this process, and those of `docker build`.
 */
export async function builtImages(rounds: number): Promise<readonly Round<"nestbox" | "docker", Step>[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-bench-builds-"));
  const docker = engineHost(process.env);
  const images = new Set<string>();
  const byNestbox = async (context: string) => {
    const declared = sandbox("built", { services: { api: { image: build(context) } } });
    const [named] = nameBuildsOf(plan(declared), folder).builds;
    if (named === undefined) throw new Error("the plan has no build");
    images.add(named.image);
    if (await isBuilt(docker, named)) return;
    await buildImage(named, { docker, projectFolder: folder, environment: process.env, onLine: () => {} });
  };
  const image = `nestbox-bench-${process.pid}`;
  const env = { ...process.env, DOCKER_BUILDKIT: (await hasBuildx(process.env)) ? "1" : "0" };
  const byDocker = async (context: string) => {
    images.add(image);
    await promisify(execFile)("docker", ["build", "--tag", image, context], { cwd: folder, env });
  };
  try {
    return await inTurn<"nestbox" | "docker", Step>(rounds, {
      nestbox: stepsOf(path.join(folder, "nestbox"), () => byNestbox("nestbox")),
      docker: stepsOf(path.join(folder, "docker"), () => byDocker("docker")),
    });
  } finally {
    rmSync(folder, { recursive: true });
    for (const one of images) await removeImageName(docker, one).catch(() => {});
  }
}

function stepsOf(context: string, buildIt: () => Promise<unknown>): Steps<Step> {
  mkdirSync(path.join(context, "files"), { recursive: true });
  writeFileSync(path.join(context, "Dockerfile"), DOCKERFILE);
  const write = (file: string) =>
    writeFileSync(path.join(context, file), randomBytes(1024).toString("base64"));
  for (let file = 0; file < FILES; file++) write(`files/${file}.txt`);
  write("line.txt");
  return {
    first: () => {
      write("files/0.txt");
      return buildIt();
    },
    changed: () => {
      write("line.txt");
      return buildIt();
    },
    unchanged: buildIt,
  };
}
