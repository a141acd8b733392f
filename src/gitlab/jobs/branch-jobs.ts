import { type Duration, milliseconds } from "../../model/duration.ts";
import type { PerBranch } from "../../model/per-branch.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem, requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { secretsIn } from "../../model/text.ts";
import { filled, type YamlValue } from "../../text/yaml.ts";
import { chooseRunner } from "./choose-runner.ts";
import { enterProject, IN_NESTBOX_IMAGE } from "./nestbox-image.ts";

/** The prefix of these jobs' names, as a sandbox's name is the prefix of its jobs' names. */
export const BRANCH = "branch";

/** The sandboxes that each branch has in its own stack. */
export function perBranch(plans: readonly Plan[]): readonly Plan[] {
  return plans.filter((plan) => plan.perBranch !== undefined);
}

/**
 * The jobs that keep one stack for each branch: they bring up, test and stop an environment in GitLab, and a
 * scheduled job runs the clean-up. Their image contains the whole project, since a deleted branch cannot be
 * checked out. Source: https://docs.gitlab.com/ci/environments/#stopping-an-environment
 * @param timeToLive the time after the last use until GitLab stops the environment
 * @param folder the project's folder in its repository, with a slash at its end. @default the root
 * @throws DeclarationError for sandboxes with different settings, and without a suitable runner
 */
export function branchJobs(
  plans: readonly Plan[],
  runners: readonly Runner[],
  timeToLive: Duration | "never",
  folder = "",
): Readonly<Record<string, YamlValue>> {
  requireFreeName(plans);
  const ofBranches = perBranch(plans);
  const { runner: name, stage = "test" } = commonSettings(ofBranches);
  const naming = ofBranches.find(({ perBranch: settings }) => settings?.runner === name);
  const path = `${naming?.sandbox}.perBranch.runner`;
  const needs = { privilegedServices: [], sharedFolders: [], anyBranch: true };
  const { tags } = chooseRunner(path, () => needs, runners, name);
  const job = {
    stage,
    tags: filled(tags),
    ...IN_NESTBOX_IMAGE,
    resource_group: ENVIRONMENT,
    needs: [],
    rules: [{ if: ON_BRANCHES }],
  };
  // The folder may contain the checkout of another branch. The image's command does not run it: see
  // container/nestbox.
  const withoutCheckout = { ...job, variables: { ...job.variables, GIT_STRATEGY: "none" } };
  const expiry = { auto_stop_in: gitlabDuration(timeToLive) };
  const enter = enterProject(folder);
  const files = ofBranches.filter(isReachable).map(({ sandbox }) => ({ sandbox, file: `${sandbox}.env` }));
  const artifacts = files.map(({ file }) => `${folder}${file}`);
  const withJobs = ofBranches.filter(({ jobs }) => jobs.length > 0);
  const runJobs = withJobs.map(({ sandbox }) => [
    `${BRANCH}:run:${sandbox}`,
    {
      ...job,
      needs: [UP],
      // A run postpones the stack's expiry. Of the actions without a deployment, only `access` does so in
      // GitLab.
      environment: { name: ENVIRONMENT, action: "access", ...expiry },
      script: [...enter, `nestbox run ${sandbox} --branch`],
    },
  ]);
  return {
    [UP]: {
      ...job,
      environment: { name: ENVIRONMENT, on_stop: DOWN, ...expiry },
      script: [
        ...enter,
        "nestbox up --branch",
        ...files.map(({ sandbox, file }) => `nestbox env ${sandbox} --branch --from-engine-host > ${file}`),
      ],
      // Not a dotenv report: GitLab sets its variables in every later job, overriding the job's own.
      ...(files.length > 0 && { artifacts: { paths: artifacts, expire_in: "1 day" } }),
    },
    ...Object.fromEntries(runJobs),
    [DOWN]: {
      ...withoutCheckout,
      rules: [{ if: ON_BRANCHES, when: "manual", allow_failure: true }],
      environment: { name: ENVIRONMENT, action: "stop" },
      script: [`nestbox --project ${PROJECT_IN_IMAGE} down --branch`],
    },
    [CLEAN_UP]: {
      ...withoutCheckout,
      resource_group: "nestbox-clean-up",
      rules: [{ if: '$CI_PIPELINE_SOURCE == "schedule"' }],
      script: [`nestbox --project ${PROJECT_IN_IMAGE} gc --yes`],
    },
  };
}

const UP = `${BRANCH}:up`;
const DOWN = `${BRANCH}:down`;
const CLEAN_UP = `${BRANCH}:clean-up`;

/**
 * A branch's slug may be empty, and GitLab rejects a name with a slash at the end: `environment_name_regex`
 * in its lib/gitlab/regex.rb, also for resource groups. GitLab has no variable that distinguishes branches
 * with one slug.
 */
const ENVIRONMENT = "review/branch-$CI_COMMIT_REF_SLUG";

/** The project's folder in that image. */
const PROJECT_IN_IMAGE = "/nestbox";

/**
 * Pipelines of tags and merge requests have no CI_COMMIT_BRANCH: their jobs would run beside those of the
 * branch.
 */
const ON_BRANCHES = [
  "$CI_COMMIT_BRANCH",
  "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH",
  '$CI_COMMIT_REF_PROTECTED != "true"',
  '$CI_PIPELINE_SOURCE != "schedule"',
].join(" && ");

function requireFreeName(plans: readonly Plan[]): void {
  if (!plans.some(({ sandbox }) => sandbox === BRANCH)) return;
  const message = "is the prefix of the jobs for branches' stacks; rename the sandbox";
  throw new DeclarationError([{ path: BRANCH, message }]);
}

/** The settings of the jobs, which the sandboxes share since they are one stack. */
function commonSettings(plans: readonly Plan[]): PerBranch {
  const settings = (["runner", "stage"] as const).flatMap((property) => {
    const values = plans.flatMap(({ sandbox, perBranch: { [property]: value } = {} }) =>
      value === undefined ? [] : [{ path: `${sandbox}.perBranch.${property}`, value }],
    );
    return values.map((setting) => ({ ...setting, property, first: values[0] ?? setting }));
  });
  const problems = settings.flatMap(({ path, value, first }): readonly Problem[] => {
    if (value === "") return [{ path, message: "is empty; name it, or leave it out" }];
    const message =
      `is "${value}", but ${first.path} is "${first.value}", ` +
      "and a branch's sandboxes share their jobs; set the same value, or leave one out";
    return value === first.value ? [] : [{ path, message }];
  });
  requireNone(problems);
  return Object.fromEntries(settings.map(({ property, value }) => [property, value]));
}

/** Whether the output of `nestbox env` may be an artifact: it has addresses and no secrets. */
function isReachable({ services }: Plan): boolean {
  const published = services.filter((service) => service.published.length > 0);
  const values = published.flatMap(({ clientVariables }) => Object.values(clientVariables));
  return published.some(({ profiles }) => profiles.length === 0) && values.flatMap(secretsIn).length === 0;
}

/** A duration in GitLab's notation: https://docs.gitlab.com/ci/yaml/#environmentauto_stop_in */
function gitlabDuration(timeToLive: Duration | "never"): string {
  if (timeToLive === "never") return timeToLive;
  const minutes = Math.max(1, Math.round(milliseconds(timeToLive) / 60_000));
  const units = { day: 1440, hour: 60, minute: 1 };
  const [unit, length] = Object.entries(units).find(([, size]) => minutes % size === 0) ?? ["minute", 1];
  return `${minutes / length} ${unit}${minutes === length ? "" : "s"}`;
}
