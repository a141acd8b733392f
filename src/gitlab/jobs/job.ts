import { goDuration, milliseconds } from "../../model/duration.ts";
import type { ServicesWay } from "../../model/gitlab.ts";
import type { Runner } from "../../model/runner.ts";
import type { DeclaredJob, Sandbox } from "../../model/sandbox.ts";
import type { DeclaredService } from "../../model/service.ts";
import { planServicesForText } from "../../text/text-plan.ts";
import { YamlReference, type YamlValue } from "../../text/yaml.ts";
import { chooseRunner } from "./choose-runner.ts";
import { composeJob } from "./compose-job.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";
import { checkSettings, jobName } from "./settings.ts";
import { jobVariables } from "./variables.ts";
import { servicesWay } from "./way.ts";

/** Where jobs find the shell functions with which they wait for services: a hidden job of the same file. */
export const WAIT_JOB = ".nestbox-wait";

/** One job of a sandbox as GitLab runs it. */
export interface GitLabJob {
  readonly key: string;
  readonly name: string;
  readonly way: ServicesWay;
  /** The services that it has, by key. */
  readonly services: JobToEmit["services"];
  readonly entry: Readonly<Record<string, YamlValue>>;
  /** It uses the functions of {@link WAIT_JOB}. */
  readonly waits: boolean;
}

/**
 * The job in GitLab CI.
 * @param composePath the path of the sandbox's emitted compose file, from the project's folder
 * @throws DeclarationError for what no way can express, and for what no runner offers
 */
export function gitlabJob(
  sandbox: Sandbox,
  key: string,
  runners: readonly Runner[],
  composePath: string,
): GitLabJob {
  const job = sandbox.jobs[key] as DeclaredJob;
  checkSettings(sandbox, key, job);
  const { services: planned } = planServicesForText(sandbox, { profiles: job.profiles ?? [] });
  const services = planned.map(
    (service) => [service.key, sandbox.services[service.key] as DeclaredService] as const,
  );
  const toEmit: JobToEmit = { sandbox, key, job, services };
  const way = servicesWay(sandbox, key, job, services);
  const pick = (needs: Parameters<typeof chooseRunner>[1]) =>
    chooseRunner(`${sandbox.name}.jobs.${key}.gitlab.runner`, needs, runners, job.gitlab?.runner);
  const { runner, body } =
    way === "compose" ? composeJob(toEmit, pick, composePath) : servicesJob(toEmit, pick);
  return {
    key,
    name: jobName(sandbox, key),
    way,
    services,
    entry: jobEntry(sandbox, job, runner, body),
    waits: body.waits.length > 0,
  };
}

function jobEntry(
  sandbox: Sandbox,
  job: DeclaredJob,
  runner: Runner,
  body: JobBody,
): Readonly<Record<string, YamlValue>> {
  const { needs, variablesFile } = job;
  const { stage = "test", allowedExitCodes } = job.gitlab ?? {};
  const variables = {
    ...(body.services.length > 0 && { FF_NETWORK_PER_BUILD: "true" }),
    ...jobVariables(body.variables),
    ...body.expandedVariables,
  };
  const before = [
    ...(body.waits.length > 0 ? [new YamlReference(WAIT_JOB, "script"), ...body.waits] : []),
    ...body.before,
  ];
  return {
    stage,
    tags: runner.tags,
    image: body.image,
    ...(body.services.length > 0 && { services: body.services }),
    ...(needs && { needs: needs.map((needed) => jobName(sandbox, needed)) }),
    ...(job.timeout !== undefined && {
      timeout: spaced(goDuration(`${Math.ceil(milliseconds(job.timeout) / 1000)}s`)),
    }),
    ...(Object.keys(variables).length > 0 && { variables }),
    ...(body.cache !== undefined && { cache: body.cache }),
    ...(before.length > 0 && { before_script: before }),
    script: body.script,
    ...(body.cleanup.length > 0 && { after_script: body.cleanup }),
    ...(allowedExitCodes && { allow_failure: { exit_codes: allowedExitCodes } }),
    ...(variablesFile !== undefined && { artifacts: { reports: { dotenv: variablesFile } } }),
  };
}

/** GitLab counts in whole seconds: `1h 30m`. */
function spaced(duration: string): string {
  return duration.replace(/(?<=[a-z])(?=\d)/g, " ");
}
