import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { buildOptions } from "../../docker/build/build-by-buildx.ts";
import type { GitLabSettings } from "../../model/gitlab-settings.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { shellWord } from "../../model/shell.ts";
import { chooseRunner } from "./choose-runner.ts";
import { DAEMON_NEEDS, daemonJob } from "./daemon-job.ts";
import { type GitLabJob, imageJobName, jobEntry } from "./gitlab-job.ts";
import type { PushedImage } from "./pushed-images.ts";

/** The file with the variable, for the jobs that need it. */
const VARIABLES_FILE = "nestbox-image.env";

/**
 * A job that builds an image in its own Docker daemon and pushes it to the project's registry, unless the
 * registry has its content. It hands on the reference with the digest.
 * @param users the jobs that need it
 * @param folder the project's folder in its repository, with a slash at its end
 * @throws DeclarationError without a suitable runner, and for users that are in different pipelines
 */
export function imageJob(
  plan: Plan,
  image: PushedImage,
  users: readonly PlannedJob[],
  runners: readonly Runner[],
  folder: string,
): GitLabJob {
  const settings = commonSettings(plan, users);
  const path = `${plan.sandbox}.jobs.${users[0]?.key}.gitlab.strategy`;
  const runner = chooseRunner(path, DAEMON_NEEDS, runners, undefined);
  const commands = { script: imageScript(image, folder), cleanup: [] };
  const { plan: nested, job, body } = daemonJob(plan.sandbox, runner, commands);
  const declared = { ...job, gitlab: settings, variablesFile: VARIABLES_FILE };
  const toEmit = { plan: nested, job: declared, services: nested.services };
  const entry = jobEntry(toEmit, { runner, strategy: "docker-in-docker" }, body);
  return {
    name: imageJobName(plan, image),
    // It starts at once, and without files of other jobs, which would change the content.
    entry: { ...entry, needs: [] },
    ...{ waits: true, losses: [], images: [] },
  };
}

/** Stages run in their order, and this one before all others. */
const FIRST_STAGE = ".pre";

/** When and in which stage an image is built. */
function commonSettings({ sandbox }: Plan, users: readonly PlannedJob[]): GitLabSettings {
  const [first, ...others] = users;
  const { rules, stage } = first?.gitlab ?? {};
  const other = others.find(({ gitlab }) => !isDeepStrictEqual(gitlab.rules, rules));
  if (other !== undefined) {
    const message =
      `differs from that of the job "${first?.key}", which needs the same built image; ` +
      'set the same rules, or gitlab: { strategy: "compose" } for one of them';
    throw new DeclarationError([{ path: `${sandbox}.jobs.${other.key}.gitlab.rules`, message }]);
  }
  const ofImage = rules?.map(({ allowFailure: _, when, ...rule }) => ({
    ...rule,
    ...(when === "never" && { when }),
  }));
  const isOneStage = others.every(({ gitlab }) => gitlab.stage === stage);
  const inStage = isOneStage ? stage : FIRST_STAGE;
  return { ...(inStage !== undefined && { stage: inStage }), ...(ofImage && { rules: ofImage }) };
}

/**
 * The commands of the job. The tag is a hash of what the checkout has, since the emitted file must not change
 * with each change of the content.
 */
function imageScript({ build, name, variable }: PushedImage, folder: string): readonly string[] {
  const context = posix.join(folder, build.context);
  const [, declared = ""] = /:([^:]*)$/.exec(build.image) ?? [];
  const files = "find . -path ./.git -prune -o -type";
  const sorted = "| LC_ALL=C sort";
  const dockerfile = shellWord(build.dockerfile);
  const words = buildOptions(build).map(shellWord);
  const options = ["--provenance false --push", '--tag "$image" --file', dockerfile, ...words].join(" ");
  return [
    ': "${CI_REGISTRY_IMAGE:?enable the container registry of this project}"',
    `cd "$CI_PROJECT_DIR"/${shellWord(context)}`,
    [
      "tag=$({",
      `  echo ${declared}`,
      `  sha256sum ${dockerfile}`,
      `  ${files} f -exec sha256sum {} + ${sorted}`,
      `  ${files} f -perm -100 -print ${sorted}`,
      `  ${files} l -exec sh -c 'echo "$1 $(readlink "$1")"' sh {} \\; ${sorted}`,
      "} | sha256sum | cut -c 1-16)",
    ].join("\n"),
    `image="$CI_REGISTRY_IMAGE/${name}:$tag"`,
    'printf %s "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin "$CI_REGISTRY"',
    [
      // For {{.Manifest.Digest}} it prints a table. The first digest is that of the tag.
      `inspect() { docker buildx imagetools inspect --format '{{json .Manifest}}' "$image"; }`,
      "digest() { inspect 2>/dev/null | grep -o 'sha256:[0-9a-f]*' | head -n 1; }",
    ].join("\n"),
    "digest=$(digest) || true",
    `if [ -z "$digest" ]; then docker buildx build ${options} .; fi`,
    '[ -n "$digest" ] || digest=$(digest) || true',
    '[ -n "$digest" ] || inspect',
    `echo "${variable}=$image@$digest" > "$CI_PROJECT_DIR"/${VARIABLES_FILE}`,
  ];
}
