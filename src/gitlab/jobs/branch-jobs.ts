import { type Duration, milliseconds } from "../../model/duration.ts";
import type { PerBranch } from "../../model/per-branch.ts";
import type { Plan, PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { secretsIn } from "../../model/text.ts";
import type { YamlValue } from "../../text/yaml.ts";
import { chooseRunner } from "./choose-runner.ts";

/** What the names of these jobs begin with, as those of a sandbox's begin with the sandbox's. */
export const BRANCH = "branch";

/** The sandboxes of which each branch gets its own. */
export function perBranch(plans: readonly Plan[]): readonly Plan[] {
  return plans.filter((plan) => plan.perBranch !== undefined);
}

/**
 * The jobs that keep a stack for each branch, all of its sandboxes together: an environment in GitLab that is
 * brought up, tested and stopped, and the clean-up that a schedule starts. They run the command line in an
 * image that has it with the whole project, since a branch that is gone cannot be checked out. Source:
 * https://docs.gitlab.com/ci/environments/#stopping-an-environment
 * @param timeToLive how long a branch's stack lives after its last use: GitLab stops the environment then
 * @throws DeclarationError for sandboxes that do not agree about their jobs, and for a runner that does not
 * take them
 */
export function branchJobs(
  plans: readonly Plan[],
  runners: readonly Runner[],
  timeToLive: Duration | "never",
): Readonly<Record<string, YamlValue>> {
  const marked = perBranch(plans);
  requireFreeName(plans);
  const { runner: name, stage = "test" } = agreedSettings(marked);
  const place = `${marked.find(({ perBranch: said }) => said?.runner === name)?.sandbox}.perBranch.runner`;
  const needs = { privilegedServices: [], sharedFolders: [], anyBranch: true };
  const { tags } = chooseRunner(place, needs, runners, name);
  const job: CommonPart = {
    stage,
    tags,
    image: `$${IMAGE}`,
    variables: { [IMAGE]: DEFAULT_IMAGE },
  };
  const life = { auto_stop_in: inWords(timeToLive) };
  const withJobs = marked.filter(({ jobs }) => jobs.length > 0);
  return {
    [UP]: upJob(job, life, marked.filter(isReachable)),
    ...Object.fromEntries(
      withJobs.map(({ sandbox }) => [`${BRANCH}:run:${sandbox}`, runJob(job, life, sandbox)]),
    ),
    [DOWN]: downJob(job),
    [CLEAN_UP]: cleanUpJob(job),
  };
}

/** What all these jobs have in common. */
interface CommonPart {
  readonly stage: string;
  readonly tags: readonly string[];
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** How long the environment lives from the job on. */
interface LifePart {
  readonly auto_stop_in: string;
}

function upJob(job: CommonPart, life: LifePart, reachable: readonly Plan[]): YamlValue {
  const files = reachable.map(({ sandbox }) => ({ name: sandbox, file: `${sandbox}.env` }));
  return {
    ...job,
    resource_group: ENVIRONMENT,
    needs: [],
    rules: [{ if: ON_BRANCHES }],
    environment: { name: ENVIRONMENT, on_stop: DOWN, ...life },
    script: [
      "nestbox up --branch",
      ...files.map(({ name, file }) => `nestbox env ${name} --branch --from-engine-host > ${file}`),
    ],
    // No dotenv report: GitLab sets the variables of a report in every later job, over those that the job
    // itself declares.
    ...(files.length > 0 && { artifacts: { paths: files.map(({ file }) => file), expire_in: "1 day" } }),
  };
}

function runJob(job: CommonPart, life: LifePart, sandbox: string): YamlValue {
  return {
    ...job,
    resource_group: ENVIRONMENT,
    needs: [UP],
    rules: [{ if: ON_BRANCHES }],
    // A run renews the stack's life; of the actions that are no deployment, this is the one that renews the
    // environment's.
    environment: { name: ENVIRONMENT, action: "access", ...life },
    script: [`nestbox run ${sandbox} --branch`],
  };
}

function downJob(job: CommonPart): YamlValue {
  return {
    ...withoutCheckout(job),
    resource_group: ENVIRONMENT,
    needs: [],
    rules: [{ if: ON_BRANCHES, when: "manual", allow_failure: true }],
    environment: { name: ENVIRONMENT, action: "stop" },
    script: [`nestbox --project ${PROJECT_IN_IMAGE} down --branch`],
  };
}

function cleanUpJob(job: CommonPart): YamlValue {
  return {
    ...withoutCheckout(job),
    resource_group: "nestbox-clean-up",
    needs: [],
    rules: [{ if: '$CI_PIPELINE_SOURCE == "schedule"' }],
    script: [`nestbox --project ${PROJECT_IN_IMAGE} gc --yes`],
  };
}

/**
 * The folder may still hold what a job of another branch has left there: the image's command does not run
 * that, see container/nestbox.
 */
function withoutCheckout(job: CommonPart): CommonPart {
  return { ...job, variables: { ...job.variables, GIT_STRATEGY: "none" } };
}

const UP = `${BRANCH}:up`;
const DOWN = `${BRANCH}:down`;
const CLEAN_UP = `${BRANCH}:clean-up`;

/**
 * The slug of a branch may be empty, and GitLab takes no name that ends with a slash:
 * `environment_name_regex` in its lib/gitlab/regex.rb, for resource groups too. A hash of the branch's name,
 * which would tell apart those that have one slug, is none of GitLab's variables.
 */
const ENVIRONMENT = "review/branch-$CI_COMMIT_REF_SLUG";

/**
 * The variable that names the image which container/Dockerfile makes. A project's own CI/CD variable wins
 * over the job's.
 */
const IMAGE = "NESTBOX_IMAGE";
const DEFAULT_IMAGE = "$CI_REGISTRY_IMAGE/nestbox";

/** Where that image has the project. */
const PROJECT_IN_IMAGE = "/nestbox";

/**
 * GitLab knows a branch by this variable: pipelines of tags and of merge requests have none, and would run
 * beside the branch's own.
 */
const ON_BRANCHES =
  '$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED != "true" && $CI_PIPELINE_SOURCE != "schedule"';

function requireFreeName(plans: readonly Plan[]): void {
  if (!plans.some(({ sandbox }) => sandbox === BRANCH)) return;
  const message = "is what the jobs of branches' stacks are called; rename the sandbox";
  throw new DeclarationError([{ path: BRANCH, message }]);
}

/** All sandboxes of a branch are one stack, so what they say about its jobs must not differ. */
function agreedSettings(plans: readonly Plan[]): PerBranch {
  const settings = (["runner", "stage"] as const).flatMap((property) => {
    const said = plans.flatMap(({ sandbox, perBranch: { [property]: value } = {} }) =>
      value === undefined ? [] : [{ path: `${sandbox}.perBranch.${property}`, value }],
    );
    return said.map((one) => ({ ...one, property, first: said[0] ?? one }));
  });
  const problems = settings.flatMap(({ path, value, first }): readonly Problem[] => {
    if (value === "") return [{ path, message: "is empty; leave it out, or give it a name" }];
    if (value === first.value) return [];
    return [
      {
        path,
        message: `is "${value}", but ${first.path} is "${first.value}"; a branch's sandboxes share their jobs: say the same, or leave one out`,
      },
    ];
  });
  if (problems.length > 0) throw new DeclarationError(problems);
  return Object.fromEntries(settings.map(({ property, value }) => [property, value]));
}

/**
 * Whether `nestbox env` has something to tell that may lie in an artifact: addresses, and no value of a
 * secret.
 */
function isReachable({ services }: Plan): boolean {
  const published = services.filter((service) => service.published.length > 0);
  return published.some(({ profiles }) => profiles.length === 0) && !published.some(holdsSecrets);
}

function holdsSecrets({ clientVariables }: PlannedService): boolean {
  return Object.values(clientVariables).some((value) => secretsIn(value).length > 0);
}

/** GitLab's notation: https://docs.gitlab.com/ci/yaml/#environmentauto_stop_in */
function inWords(timeToLive: Duration | "never"): string {
  if (timeToLive === "never") return timeToLive;
  const minutes = Math.max(1, Math.round(milliseconds(timeToLive) / 60_000));
  const [count, unit] =
    minutes % 1440 === 0
      ? [minutes / 1440, "day"]
      : minutes % 60 === 0
        ? [minutes / 60, "hour"]
        : [minutes, "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
