import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { removeImageName } from "../../src/docker/engine-images.ts";
import { dockerEnvironment, runCommand } from "../emission/docker-client.ts";
import { type InstalledProject, installedProject, succeeded } from "../packaging/installed-project.ts";
import { PUBLISHED_COMMAND, TARBALLS } from "../published.ts";
import { buildContainer } from "./project-image.ts";

// The image of the Dockerfile that `nestbox init --stack --gitlab` writes, built as its first line says.

const IMAGE = `nestbox-test/init-${process.pid}`;

let registry: Server;
let project: InstalledProject;

beforeAll(async () => {
  // The image installs the packages again, from addresses in package-lock.json.
  registry = createServer(({ url = "" }, answer) => {
    const file = [TARBALLS.nestbox, TARBALLS.airgap].find((each) => path.basename(each) === url.slice(1));
    if (file === undefined) answer.writeHead(404).end();
    else createReadStream(file).pipe(answer);
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  const { port } = registry.address() as AddressInfo;
  const packages = [TARBALLS.nestbox, TARBALLS.airgap];
  project = installedProject({ "package.json": '{ "name": "shop", "type": "module" }' });
  // The image has the packages, so that the project's folder needs none.
  const lock = (...words: readonly string[]) => project.install("--package-lock-only", ...words);
  await lock(...packages.map((file) => `http://127.0.0.1:${port}/${path.basename(file)}`));
  const init = ["init", "--stack", "--gitlab", "--service", "redis"];
  await succeeded(project.run("node", [PUBLISHED_COMMAND, ...init]));
  await lock();
  await buildContainer(IMAGE, project.folder);
}, 1_200_000);

afterAll(async () => {
  await removeImageName(engineHost(process.env), IMAGE).catch(() => {});
  registry?.close();
});

/** Runs a command in a container of the image, as a job without a checkout does. */
async function inImage(...words: readonly string[]) {
  const env = await dockerEnvironment();
  return runCommand("docker", ["run", "--rm", "--env", "GIT_STRATEGY=none", IMAGE, ...words], {
    cwd: project.folder,
    env,
  });
}

test("the image has the command and the project, for a job without a checkout", async () => {
  expect(await inImage("nestbox", "--project", "/nestbox", "plan", "shop")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("sandbox: shop\n"),
  });
  const files = ["/nestbox/Pulumi.yaml", "/nestbox/infra/index.ts"];
  expect(await inImage("ls", ...files)).toMatchObject({ exitCode: 0 });
});
