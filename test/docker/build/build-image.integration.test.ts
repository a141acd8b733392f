import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../../src/docker/api.ts";
import { buildImage, isBuilt } from "../../../src/docker/build/build-image.ts";
import { removeBuiltImages, unusedBuiltImages } from "../../../src/docker/build/unused-images.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { inspectImage, removeImageName } from "../../../src/docker/engine-images.ts";
import { removeContainer } from "../../../src/docker/remove-container.ts";
import { nameBuildsOf } from "../../../src/images/name-builds.ts";
import { type BuildDefinition, build } from "../../../src/model/build-definition.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { PlannedBuild } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { secret } from "../../../src/model/text.ts";
import { eventually } from "../../eventually.ts";

const docker = engineHost(process.env);
const named = new Set<string>();
/** Makes the images of this run others than those of other runs. */
const run = randomBytes(6).toString("hex");
let project: string;

beforeAll(() => {
  project = mkdtempSync(path.join(tmpdir(), "nestbox-build-image-"));
});

afterAll(async () => {
  rmSync(project, { recursive: true });
  for (const image of named) if (await inspectImage(docker, image)) await removeImageName(docker, image);
});

/** The build of a folder with these instructions, and what it says of itself. */
function declared(folder: string, dockerfile: string, others: Partial<BuildDefinition> = {}): PlannedBuild {
  mkdirSync(path.join(project, folder), { recursive: true });
  const base = dockerfile.startsWith("FROM") ? "" : "FROM alpine:3.19\n";
  writeFileSync(path.join(project, folder, "Dockerfile"), base + dockerfile);
  const image = build({ context: folder, ...others });
  const [found] = nameBuildsOf(plan(sandbox("box", { services: { api: { image } } })), project).builds;
  if (found === undefined) throw new Error("the plan has no build");
  named.add(found.image);
  return found;
}

function built(one: PlannedBuild, others: Partial<Parameters<typeof buildImage>[1]> = {}) {
  // Without a docker command there is no buildx: the engine's own builder works everywhere.
  const request = { docker, projectFolder: project, environment: {}, onLine: () => {} };
  return buildImage(one, { ...request, ...others });
}

test("an image has its files, stage and arguments, is labelled, and is built once", async () => {
  mkdirSync(path.join(project, "api"));
  writeFileSync(path.join(project, "api/greeting"), run);
  writeFileSync(path.join(project, "api/.dockerignore"), "Dockerfile\nsecret\n");
  writeFileSync(path.join(project, "api/secret"), "");
  const dockerfile = [
    ...["FROM alpine:3.19 AS first", "ARG WORD=none", "COPY . /app"],
    ...['RUN test ! -e /app/secret && test "$WORD" = given', "FROM alpine:3.19", "RUN exit 1"],
  ];
  const one = declared("api", dockerfile.join("\n"), { target: "first", args: { WORD: "given" } });
  const lines: string[] = [];
  expect(await built(one, { onLine: (line) => lines.push(line) })).toBe(true);
  expect(lines).toContainEqual(expect.stringMatching(/^Step 1\/\d+ : FROM alpine:3\.19/));
  const found = await inspectImage(docker, one.image);
  expect(found?.labels).toMatchObject({ [LABEL.build]: "api" });
  expect(await isBuilt(docker, one)).toBe(true);
  expect(await built(one)).toBe(false);
});

test("steps get the docker command's proxies, and the image and the output do not", async () => {
  const password = `xylophone-${run}`;
  const proxies = { default: { httpsProxy: `http://me:${password}@proxy.example.com:3128` } };
  writeFileSync(path.join(project, "config.json"), JSON.stringify({ proxies }));
  const check = 'test "$HTTPS_PROXY" = "$https_proxy" && echo "$https_proxy" | sed s/.*@//';
  const one = declared("proxied", `RUN echo ${run} && ${check}`);
  const lines: string[] = [];
  await built(one, { environment: { DOCKER_CONFIG: project }, onLine: (line) => lines.push(line) });
  expect(lines).toContain("proxy.example.com:3128");
  const ofImage = `/images/${encodeURIComponent(one.image)}`;
  const kept = await Promise.all(
    ["json", "history"].map((what) => askDocker<unknown>(docker, `${ofImage}/${what}`)),
  );
  expect(JSON.stringify([kept, lines])).not.toContain(password);
});

test("of two builds of one image at once, one builds", async () => {
  const one = declared("twice", `RUN echo ${run}`);
  const results = await Promise.all([built(one), built(one)]);
  expect(results.sort()).toEqual([false, true]);
});

test("a step that fails shows its last lines, and the file", async () => {
  const one = declared("failing", `RUN echo ${run} && ls /nowhere`);
  const failure = await built(one).catch((error: Error) => error.message);
  expect(failure).toMatch(/^build of failing: failed; correct failing\/Dockerfile, or what it needs\n/);
  expect(failure).toMatch(new RegExp(`\n    ${run}\n`));
  expect(failure).toMatch(/\n {4}ls: \/nowhere: No such file|cannot access '?\/nowhere/);
  expect(failure).not.toContain("\u001b");
  expect(await isBuilt(docker, one)).toBe(false);
});

test("an image whose files change while it is built gets no name", async () => {
  const greeting = path.join(project, "changing/greeting");
  mkdirSync(path.dirname(greeting));
  writeFileSync(greeting, "first");
  const one = declared("changing", `COPY greeting /\nRUN echo ${run}`);
  const change = () => writeFileSync(greeting, "second");
  await expect(built(one, { onLine: change })).rejects.toThrow(
    "build of changing: its files changed meanwhile; run the command again",
  );
  expect(await isBuilt(docker, one)).toBe(false);
});

test("a build that is ended leaves no container and no image", async () => {
  const one = declared("slow", `RUN echo ${run} && sleep 600`);
  const end = new AbortController();
  const building = built(one, { signal: end.signal }).catch((error: Error) => error.message);
  const sleeping = async () => {
    const all = await askDocker<readonly { readonly Command: string }[]>(docker, "/containers/json?all=1");
    return all.some(({ Command }) => Command.includes(`echo ${run} && sleep`));
  };
  await eventually(async () => expect(await sleeping()).toBe(true), { within: "60s" });
  end.abort(new Error("enough"));
  expect(await building).toBe("enough");
  await eventually(async () => expect(await sleeping()).toBe(false), { within: "60s" });
  expect(await isBuilt(docker, one)).toBe(false);
});

test("secrets, and instructions of BuildKit, name what is missing", async () => {
  const withSecret = declared("secret", "", { secrets: { npm: secret("npm-token") } });
  await expect(built(withSecret)).rejects.toThrow(
    "build of secret: has secrets, which need BuildKit; install buildx, a plugin of the docker command",
  );
  const withMount = declared("mount", `RUN --mount=type=cache,target=/cache echo ${run}`);
  await expect(built(withMount)).rejects.toThrow(/requires BuildKit.*; install buildx, a plugin/s);
});

test("a built image goes once nothing has used it for a week, unless a container has it", async () => {
  const one = declared("unused", `RUN echo ${run}`);
  await built(one);
  const now = Date.now();
  const week = 7 * 24 * 3_600_000;
  expect(await unusedBuiltImages(docker, now)).not.toContain(one.image);
  expect(await unusedBuiltImages(docker, now + week + 3_600_000)).toContain(one.image);
  const path = "/containers/create";
  const body = { Image: one.image, Labels: { [LABEL.owner]: "build-image-test" } };
  const { Id } = await askDocker<{ readonly Id: string }>(docker, path, { method: "POST", body });
  try {
    expect(await unusedBuiltImages(docker, now + week + 3_600_000)).not.toContain(one.image);
    expect(await removeBuiltImages(docker, [one.image])).toEqual([]);
  } finally {
    await removeContainer(docker, Id);
  }
  expect(await removeBuiltImages(docker, [one.image, one.image])).toEqual([one.image]);
  expect(await isBuilt(docker, one)).toBe(false);
});
