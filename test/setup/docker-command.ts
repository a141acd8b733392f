import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setUp } from "../../src/setup/index.ts";
import { createProgress } from "../../src/terminal/progress.ts";

const REPOSITORY = join(__dirname, "../..");

/** Provides images, and returns a docker command for their engine. */
export async function dockerWith(images: readonly string[]): Promise<DockerCommand> {
  const { signal } = new AbortController();
  const { env: environment } = process;
  const request = { projectFolder: REPOSITORY, docker: true, pulumi: false, images, environment, signal };
  const ready = await setUp(request, createProgress(process.stderr, environment));
  return new DockerCommand(
    { ...environment, ...ready.environment },
    ready.environment.NESTBOX_REGISTRY_MIRROR,
  );
}

/** The real docker command. It labels all that it creates, and `removeAll` removes it. */
export class DockerCommand {
  readonly label = `nestbox.test=${randomBytes(4).toString("hex")}`;
  readonly mirror: string | undefined;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv, mirror: string | undefined) {
    this.#environment = environment;
    this.mirror = mirror;
  }

  /** Runs it to its end and returns its stdout. */
  run(...args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile("docker", args, { env: this.#environment }, (error, stdout) => {
        if (error === null) resolve(stdout.trim());
        else reject(error);
      });
    });
  }

  /** Starts a container in the background and returns its id. */
  start(...args: readonly string[]): Promise<string> {
    return this.run("run", "--detach", "--label", this.label, ...args);
  }

  /** Repeats a command until it succeeds, or until the test's timeout. */
  async until(...args: readonly string[]): Promise<string> {
    for (;;) {
      try {
        return await this.run(...args);
      } catch {
        // The start of the next docker command is pause enough.
      }
    }
  }

  async removeAll(): Promise<void> {
    const ofOurs = ["--filter", `label=${this.label}`, "--quiet"];
    const containers = await this.run("ps", "--all", ...ofOurs);
    if (containers !== "") await this.run("rm", "--force", "--volumes", ...containers.split("\n"));
    const networks = await this.run("network", "ls", ...ofOurs);
    if (networks !== "") await this.run("network", "rm", ...networks.split("\n"));
    const volumes = await this.run("volume", "ls", ...ofOurs);
    if (volumes !== "") await this.run("volume", "rm", ...volumes.split("\n"));
  }
}
