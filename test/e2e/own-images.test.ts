import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { askDocker } from "../../src/docker/api.ts";
import { removeBuiltImages } from "../../src/docker/build/unused-images.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { inspectContainers } from "../../src/docker/inspect-containers.ts";
import { filterQuery } from "../../src/docker/listing.ts";
import { LABEL } from "../../src/model/labels.ts";
import { type RunningCommand, type UserProject, userProject } from "./user-project.ts";

const engine = engineHost(process.env);
/** Makes the images of this run others than those of other runs. */
const run = randomBytes(6).toString("hex");
const folder = `api-${run}`;
let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-own-images");
  project.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nCOPY greeting /\n");
  project.write(`${folder}/.dockerignore`, "*.log\n");
  project.write(`${folder}/greeting`, `hello ${run}\n`);
  project.write(
    "sandboxes/index.ts",
    `import { build, exec, sandbox } from "nestbox";
    import { redis } from "nestbox/catalog";
    const api = build("${folder}");
    const probe = exec("test -e /greeting", { startEvery: "50ms" });
    export default [sandbox("shop", {
      services: { cache: redis(), api: { image: api, command: ["sleep", "1000"], probe } },
      jobs: { greet: { image: api, script: ["cat /greeting"] } },
    })];\n`,
  );
  project.configure({ sandboxes: ["shop"] });
});

afterAll(async () => {
  await project.remove();
  await removeBuiltImages(engine, await ownImages());
});

/** The names of the images that this test has built. */
async function ownImages(): Promise<readonly string[]> {
  const filters = filterQuery({ reference: [`localhost/nestbox/${folder}`] });
  type Answer = readonly { readonly RepoTags: readonly string[] }[];
  const images = await askDocker<Answer>(engine, `/images/json?${filters}`);
  return images.flatMap(({ RepoTags }) => RepoTags);
}

/** The ids of the containers with a label, by service. */
async function containers(
  label = `${LABEL.owner}=${project.owner}`,
): Promise<Readonly<Record<string, string>>> {
  const found = await inspectContainers(engine, { label: [label, LABEL.component] });
  return Object.fromEntries(found.map(({ Id: id, Config: { Labels } }) => [Labels[LABEL.part], id]));
}

test("run builds an image once, and the job has its files", async () => {
  const first = await project.succeed("run", "--fresh");
  expect(first.stdout).toContain(`hello ${run}`);
  expect(first.stderr).toMatch(/Build api-\w+\s.*built/);
  project.write(`${folder}/noise.log`, "");
  const second = await project.succeed("run", "--fresh");
  expect(second.stdout).toContain(`hello ${run}`);
  expect(second.stderr).not.toContain("Build ");
});

test("a stack builds before its containers, previews a change, and replaces that service", async () => {
  await project.bringUp();
  const before = await containers();
  await project.succeed("up");
  expect(await containers()).toEqual(before);
  project.write(`${folder}/greeting`, `changed ${run}\n`);
  const built = await ownImages();
  const { stdout } = await project.succeed("pulumi", "preview");
  expect(await ownImages()).toEqual(built);
  expect(stdout).toMatch(/RemoteImage \S+services\.api\.image replace \[diff: ~name\]/);
  await project.succeed("up");
  const after = await containers();
  expect(after.cache).toBe(before.cache);
  expect(after.api).not.toBe(before.api);
  expect((await project.succeed("run")).stdout).toContain(`changed ${run}`);
});

test("a build that fails is an error of the user, with its last lines, and starts nothing", async () => {
  project.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nRUN ls /nowhere\n");
  const { exitCode, stderr } = await project.nestbox(["run", "--fresh"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/error build of api-\w+: failed; correct api-\w+\/Dockerfile.*\n(.*\n)*.*\/nowhere/);
  expect(stderr).not.toContain("sandbox shop");
});

describe("up --watch", () => {
  let kept: UserProject;
  let watching: RunningCommand | undefined;

  beforeAll(() => {
    kept = userProject("e2e-own-images-watched");
    for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(kept.folder, file), { recursive: true });
    kept.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nCOPY greeting /\n");
    kept.write(`${folder}/greeting`, `watched ${run}\n`);
    kept.write(
      "sandboxes/index.ts",
      `import { build, sandbox } from "nestbox";
      import { redis } from "nestbox/catalog";
      export default [sandbox("shop", {
        services: { cache: redis(), api: { image: build("${folder}"), command: ["sleep", "1000"] } },
      })];\n`,
    );
  });

  afterAll(async () => {
    watching?.process.kill("SIGINT");
    await watching?.ended;
    await kept.nestboxEverywhere(["down"]);
    await kept.remove();
  });

  test("replaces the services whose image has changed, after a failed build too, until Ctrl-C", async () => {
    const ofKept = `${LABEL.project}=${path.basename(kept.folder)}`;
    watching = kept.start(["up", "--watch"]);
    await watching.printed(/watches the files of images/);
    const before = await containers(ofKept);
    kept.write(`${folder}/greeting`, `changed ${run}\n`);
    await watching.printed(/✓ shop api .* rebuilt\n/);
    const after = await containers(ofKept);
    expect(after.cache).toBe(before.cache);
    expect(after.api).not.toBe(before.api);
    kept.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nRUN ls /nowhere\n");
    await watching.printed(/error build of api-\w+: failed; correct .*\n(?: +.*\n)* +.*\/nowhere/);
    expect((await containers(ofKept)).api).toBe(after.api);
    kept.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nCOPY greeting /again\n");
    await watching.printed(/(?:✓ shop api .* rebuilt\n(?:.*\n)*){2}/);
    watching.process.kill("SIGINT");
    expect((await watching.ended).exitCode).toBe(130);
    const { stdout } = await kept.nestboxEverywhere(["exec", "shop", "api", "--", "cat", "/again"]);
    expect(stdout).toBe(`changed ${run}\n`);
  });

  test("needs an image that is built, and no stack", async () => {
    const stack = await project.nestbox(["up", "--watch"]);
    expect(stack.exitCode).toBe(2);
    expect(stack.stderr).toMatch(/^error --watch: stack \S+ has the sandboxes/m);
    const declared = 'import { sandbox } from "nestbox";\nimport { redis } from "nestbox/catalog";\n';
    kept.write(
      "sandboxes/index.ts",
      `${declared}export default [sandbox("shop", { services: { cache: redis() } })];\n`,
    );
    const { exitCode, stderr } = await kept.nestboxEverywhere(["up", "--watch"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error --watch: none of these sandboxes has an image that is built; leave it out/m,
    );
  });
});
