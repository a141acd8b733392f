import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { pack } from "tar-stream";
import { connect } from "../../../bench/connect.ts";
import type { GitLabRunnerArgs } from "../../../src/pulumi/runner/gitlab-runner-args.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import {
  installNestbox,
  type PulumiProject,
  type PulumiRun,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";
import { latestIn } from "../../e2e/stack-fingerprint.ts";

const repository = join(__dirname, "../../..");

/** A double of gitlab-runner: it runs until SIGQUIT, the signal for draining, and then ends its one job. */
const DOUBLE_COMMAND = [
  "trap 'echo the job has ended; exit 0' QUIT",
  "trap 'echo the job was aborted; exit 1' TERM",
  "sleep 86400 & wait",
].join("; ");
const DOUBLE = `FROM alpine:3.19
ENTRYPOINT ${JSON.stringify(["/bin/sh", "-c", DOUBLE_COMMAND])}
`;

/** The outputs of a stack with runners. */
export interface RunnerStackOutputs {
  readonly ids: Readonly<Record<string, string>>;
  readonly container: string;
  readonly registryMirror?: string;
  readonly tokensReplacedAfter?: string;
  readonly tokensEnd: Readonly<Record<string, string>>;
}

/** A Pulumi project with runners, a double of GitLab, and a double of gitlab-runner's image. */
export interface RunnerProject {
  readonly pulumi: PulumiProject;
  readonly gitlab: GitLabDouble;
  readonly image: string;
  /** `pulumi up` with these arguments of GitLabRunner. The default of gitlabUrl is the double. */
  up(args: Omit<GitLabRunnerArgs, "gitlabUrl"> & { readonly gitlabUrl?: string }): Promise<PulumiRun>;
  /**
   * Like `up`, which must succeed. Runs no command if arguments and state are those after the last `up`.
   * Returns whether it ran one.
   */
  bringUp(args: Parameters<RunnerProject["up"]>[0]): Promise<boolean>;
  outputs(): RunnerStackOutputs;
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
  const stateNow = () => JSON.stringify(latestIn(pulumi.stateText()));
  let lastState: string | undefined;
  let lastArgs: string | undefined;
  const up: RunnerProject["up"] = async (args) => {
    const gitlabUrl = gitlab.baseUrl.replace("/api/v4/", "");
    pulumi.write("runner-args.json", JSON.stringify({ runner: { gitlabUrl, ...args } }));
    const end = await pulumi.pulumi("up", "--yes", "--skip-preview");
    // A failed one that leaves the state alone changes nothing.
    if (end.code === 0) [lastArgs, lastState] = [JSON.stringify(args), stateNow()];
    return end;
  };
  return {
    pulumi,
    gitlab,
    image,
    up,
    async bringUp(args) {
      if (lastArgs === JSON.stringify(args) && lastState === stateNow()) return false;
      succeeded(await up(args));
      return true;
    },
    outputs: () => pulumi.outputs() as RunnerStackOutputs,
    async remove() {
      // Runners have no owner label.
      await pulumi.pulumi("destroy", "--yes", "--skip-preview");
      await pulumi.remove();
      await gitlab.close();
      const docker = await connect();
      await docker.getImage(image).remove({ force: true });
    },
  };
}

/** Builds an image from a Dockerfile without a context. */
export async function buildImage(image: string, dockerfile: string): Promise<void> {
  const docker = await connect();
  const context = pack();
  context.entry({ name: "Dockerfile" }, dockerfile);
  context.finalize();
  const output = await docker.buildImage(Readable.from(context), { t: image });
  const log = await textOf(output);
  if (log.includes('"error"')) throw new Error(log);
}

/** The output of a run. Throws it if the run failed. */
export function succeeded(run: PulumiRun): string {
  if (run.code !== 0) throw new Error(run.output);
  return run.output;
}

/** The output of a command in a running container. */
export async function inContainer(container: string, ...command: readonly string[]): Promise<string> {
  const docker = await connect();
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
  const output = await textOf(await exec.start({ Tty: true }));
  return output.replaceAll("\r\n", "\n");
}
