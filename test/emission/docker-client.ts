import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";
import { extract } from "tar-stream";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";

const CLIENT_IMAGE = "docker:25.0.0-cli";

/** The possible paths of the programs in the image or its stand-in. */
const PROGRAMS = {
  docker: ["/usr/local/bin/docker", "/usr/bin/docker"],
  "docker-compose": [
    "/usr/local/libexec/docker/cli-plugins/docker-compose",
    "/usr/libexec/docker/cli-plugins/docker-compose",
    "/usr/lib/docker/cli-plugins/docker-compose",
  ],
} as const;

/** The result of a command. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * An environment with `docker` and `docker compose`: those of this machine, or else those of the client
 * image.
 */
export async function dockerEnvironment(): Promise<NodeJS.ProcessEnv> {
  const base = { ...process.env, DOCKER_HOST: engineHost(process.env).host };
  if (spawnSync("docker", ["compose", "version"], { env: base }).status === 0) return base;
  const docker = await connect();
  const { Id } = await docker.getImage(CLIENT_IMAGE).inspect();
  const folder = path.join(
    tmpdir(),
    `nestbox-docker-client-${createHash("sha256").update(Id).digest("hex").slice(0, 12)}`,
  );
  await extractProgram("docker", path.join(folder, "docker"));
  await extractProgram("docker-compose", path.join(folder, "cli-plugins", "docker-compose"));
  return { ...base, PATH: `${folder}${path.delimiter}${process.env.PATH}`, DOCKER_CONFIG: folder };
}

async function extractProgram(program: keyof typeof PROGRAMS, target: string): Promise<void> {
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  const docker = await connect();
  const container = await docker.createContainer({ Image: CLIENT_IMAGE });
  const temporary = `${target}.${process.pid}`;
  try {
    for (const place of PROGRAMS[program]) {
      const archive = await container.getArchive({ path: place }).catch(() => undefined);
      if (!archive) continue;
      const files = extract();
      files.on("entry", (_, content, next) => {
        content.pipe(createWriteStream(temporary)).on("close", next);
      });
      await finished(archive.pipe(files));
      chmodSync(temporary, 0o755);
      renameSync(temporary, target);
      return;
    }
    throw new Error(`${CLIENT_IMAGE} has no ${program} in ${PROGRAMS[program].join(", ")}`);
  } finally {
    await container.remove({ force: true });
  }
}

/** Runs a command to its end. */
export function runCommand(
  program: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, stdout, stderr }));
  });
}
