import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { pack } from "tar-stream";
import { connect } from "../../../src/docker/client.ts";
import type { GitLabRunnerArgs } from "../../../src/pulumi/runner/gitlab-runner-args.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import {
  installNestbox,
  type PulumiProject,
  type PulumiRun,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";

const repository = join(__dirname, "../../..");

/**
 * A double of gitlab-runner, which cannot be had everywhere: no runner, but it stays, and ends its one job
 * when it is told to drain.
 */
const DOUBLE = `FROM alpine:3.19
ENTRYPOINT ["/bin/sh", "-c", "trap 'echo the job has ended; exit 0' QUIT; trap 'echo the job was aborted; exit 1' TERM; while :; do sleep 0.1; done"]
`;

/** What a stack with runners exports. */
export interface RunnerStackOutputs {
  readonly ids: Readonly<Record<string, string>>;
  readonly container: string;
  readonly registryMirror?: string;
  readonly tokensReplacedAfter?: string;
  readonly tokensEnd: Readonly<Record<string, string>>;
}

/** A Pulumi project that keeps runners, with a double of GitLab and one of gitlab-runner's image. */
export interface RunnerProject {
  readonly pulumi: PulumiProject;
  readonly gitlab: GitLabDouble;
  readonly image: string;
  /** `pulumi up` with these arguments of GitLabRunner. @default of gitlabUrl: the double */
  up(args: Omit<GitLabRunnerArgs, "gitlabUrl"> & { readonly gitlabUrl?: string }): Promise<PulumiRun>;
  outputs(): Promise<RunnerStackOutputs>;
  remove(): Promise<void>;
}

export async function runnerProject(): Promise<RunnerProject> {
  const image = `nestbox-test/gitlab-runner-double:${randomBytes(4).toString("hex")}`;
  const gitlab = await gitlabDouble();
  process.env.PATH = [join(repository, "airgap/gitlab-provider/bin"), process.env.PATH].join(delimiter);
  process.env.GITLAB_TOKEN = TOKENS.whole;
  await buildImage(image, DOUBLE);
  const pulumi = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
  installNestbox(pulumi.folder);
  return {
    pulumi,
    gitlab,
    image,
    up: (args) => {
      const gitlabUrl = gitlab.baseUrl.replace("/api/v4/", "");
      pulumi.write("said.json", JSON.stringify({ runner: { gitlabUrl, ...args } }));
      return pulumi.pulumi("up", "--yes", "--skip-preview");
    },
    outputs: async () => JSON.parse((await pulumi.pulumi("stack", "output", "--json")).output),
    async remove() {
      await pulumi.pulumi("destroy", "--yes", "--skip-preview");
      pulumi.remove();
      await gitlab.close();
      const docker = await connect();
      await docker.getImage(image).remove({ force: true });
    },
  };
}

/** Builds an image of a Dockerfile that needs no other file. */
export async function buildImage(image: string, dockerfile: string): Promise<void> {
  const docker = await connect();
  const context = pack();
  context.entry({ name: "Dockerfile" }, dockerfile);
  context.finalize();
  const output = await docker.buildImage(Readable.from(context), { t: image });
  const log = await textOf(output);
  if (log.includes('"error"')) throw new Error(log);
}

/** What the run said; throws that when it failed. */
export function succeeded(run: PulumiRun): string {
  if (run.code !== 0) throw new Error(run.output);
  return run.output;
}

/** What a command writes in a container that runs. */
export async function inContainer(container: string, ...command: readonly string[]): Promise<string> {
  const docker = await connect();
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
  const output = await textOf(await exec.start({ Tty: true }));
  return output.replaceAll("\r\n", "\n");
}
