import { copyFileSync, cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { engineHost } from "../../src/docker/engine-host.ts";
import { inspectImage, removeImageName } from "../../src/docker/engine-images.ts";
import { cacheFolder } from "../../src/machine/cache-folder.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import { acquireLock } from "../../src/machine/lock.cjs";
import { findProgram } from "../../src/machine/programs.ts";
import { DOCKER_HUB, isReachable } from "../../src/machine/public-host.ts";
import { loadAirgap } from "../../src/setup/airgap.ts";
import { findToolchain } from "../../src/setup/pulumi-toolchain.ts";
import { dockerEnvironment, runCommand } from "../emission/docker-client.ts";
import { onceARun } from "../once-a-run.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** The image of container/Dockerfile in tests. It stays on the engine, for a fast rebuild. */
const IMAGE = "nestbox-test/project";

/** The stand-in for the Dockerfile's base image when Docker Hub is unreachable. */
const NODE_DOUBLE = "nestbox-test/node";

/**
 * The name of the current image of this project, built with its Dockerfile once in a run. Concurrent runs
 * wait for each other and share the layers.
 */
export async function projectImage(): Promise<string> {
  await onceARun("project-image", buildAlone);
  return IMAGE;
}

async function buildAlone(): Promise<void> {
  const release = await acquireLock(`${engineHost(process.env).host} ${IMAGE}`);
  try {
    const before = await inspectImage(engineHost(process.env), IMAGE);
    await buildProject();
    const now = await inspectImage(engineHost(process.env), IMAGE);
    // Fails while another container uses it; a later run removes it.
    if (before !== undefined && before.id !== now?.id)
      await removeImageName(engineHost(process.env), before.id).catch(() => {});
  } finally {
    await release();
  }
}

async function buildProject(): Promise<void> {
  await buildContainer(IMAGE, REPOSITORY);
}

/** Builds the image of the container/Dockerfile in a project's folder. */
export async function buildContainer(image: string, folder: string): Promise<void> {
  const { env: environment } = process;
  const isPublic = await isReachable(DOCKER_HUB, { cache: cacheFolder(environment), environment });
  const words = isPublic ? [] : [...(await nodeDouble()), ...(await packageRegistry())];
  await build(image, folder, [
    "--file",
    path.join(folder, "container", "Dockerfile"),
    ...words.flatMap((word) => ["--build-arg", word]),
  ]);
}

/**
 * A double of node:24-bookworm-slim on the base of the stand-ins, with this machine's Node, npm,
 * certificates, Pulumi CLI and plugins. The last two cannot be downloaded or compiled in the image.
 */
async function nodeDouble(): Promise<readonly string[]> {
  await onceARun("node-image", buildNodeDouble);
  return [`NODE_IMAGE=${NODE_DOUBLE}`];
}

async function buildNodeDouble(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-node-image-"));
  try {
    const npm = path.resolve(realpathSync(requireProgram("npm")), "../..");
    cpSync(npm, path.join(folder, "npm"), { recursive: true, verbatimSymlinks: true });
    copyFileSync(process.execPath, path.join(folder, "node"));
    for (const [name, program] of Object.entries(await pulumiPrograms()))
      copyFileSync(program, path.join(folder, name));
    const bundle = certificateBundle(process.env);
    if (bundle === undefined) writeFileSync(path.join(folder, "certificates.pem"), "");
    else copyFileSync(bundle, path.join(folder, "certificates.pem"));
    writeFileSync(path.join(folder, "Dockerfile"), NODE_DOCKERFILE);
    await build(NODE_DOUBLE, folder, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NODE_DOCKERFILE = `FROM nestbox/debian:13
COPY node pulumi pulumi-language-nodejs pulumi-resource-docker /usr/local/bin/
COPY npm /usr/local/lib/npm
COPY certificates.pem /etc/nestbox-certificates.pem
RUN cd /usr/local/bin && for name in npm npx; do ln -s "../lib/npm/bin/$name-cli.js" "$name"; done
ENV NODE_EXTRA_CA_CERTS=/etc/nestbox-certificates.pem
`;

async function pulumiPrograms(): Promise<Readonly<Record<string, string>>> {
  const { env: environment } = process;
  const { signal } = new AbortController();
  const airgap = loadAirgap(REPOSITORY, environment);
  const cache = cacheFolder(environment);
  const places = { airgap, cache, environment, projectFolder: REPOSITORY, signal };
  const { cli, dockerProvider, languageHost } = await findToolchain(places);
  if (cli.program === undefined || dockerProvider.program === undefined)
    throw new Error("no Pulumi CLI or no Docker provider is here; run the tests with npm test");
  return {
    pulumi: cli.program.command,
    "pulumi-language-nodejs": languageHost.program?.command ?? requireProgram("pulumi-language-nodejs"),
    "pulumi-resource-docker": dockerProvider.program.command,
  };
}

/** The registry of this machine's npm configuration, which the image lacks. */
async function packageRegistry(): Promise<readonly string[]> {
  const { stdout } = await runCommand("npm", ["config", "get", "registry"], {
    cwd: REPOSITORY,
    env: process.env,
  });
  return [`NPM_CONFIG_REGISTRY=${stdout.trim()}`];
}

async function build(image: string, context: string, words: readonly string[]): Promise<void> {
  const env = { ...(await dockerEnvironment()), DOCKER_BUILDKIT: "0" };
  // Only the host's network is known to reach the package registry.
  const { exitCode, stdout, stderr } = await runCommand(
    "docker",
    ["build", "--network", "host", "--force-rm", "--tag", image, ...words, context],
    { cwd: REPOSITORY, env },
  );
  if (exitCode !== 0) throw new Error(`${image} could not be built:\n${stdout}${stderr}`);
}

function requireProgram(name: string): string {
  const program = findProgram(name, process.env);
  if (program === undefined) throw new Error(`${name} is not on the PATH; run the tests with npm test`);
  return program;
}
