import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Loss } from "../losses/losses.ts";
import { isActive } from "../model/plan/active.ts";
import type { Plan, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { secretVariable } from "../model/secret-variable.ts";
import type {
  JobResult,
  Observed,
  ObservedContainer,
  ProofRequest,
  ProofTarget,
  ProvedSandbox,
} from "../sandbox/proof-target.ts";
import {
  contentsOfJob,
  contentsOfService,
  type Expectation,
  findings,
  type Known,
  packetsOfJob,
  packetsOfService,
  type Subject,
  subjectOf,
} from "./expectations.ts";
import { type Finding, judge, type Verdict } from "./finding.ts";
import { probingPlan } from "./probing-plan.ts";
import { beginningIn, jobScript, PROBING_EXIT_CODE, RELEASE_FILE, servicesScript } from "./probing-script.ts";
import { projectFilesOf } from "./project-files-of.ts";
import { type Answers, answersIn } from "./question.ts";
import { startOrderFindings } from "./start-order-findings.ts";

/** A sandbox to prove. */
export interface Proof extends Omit<ProofRequest, "folder" | "secretVariables"> {
  readonly known: Pick<Known, "outside">;
  /** The declared jobs to run. Others need what this place does not have. */
  readonly jobs: readonly PlannedJob[];
  /** Receives what it does now. */
  readonly report: (detail: string) => void;
}

/**
 * Brings a sandbox up on a target, compares what it does with the plan and the table of losses, and removes
 * it, also after a failure.
 * @throws ConfigurationError for a missing file of the project; the signal's reason
 */
export async function proveSandbox(target: ProofTarget, proof: Proof): Promise<readonly Verdict[]> {
  const { plan: declared, projectFolder, secrets, report, signal } = proof;
  const nonce = randomBytes(8).toString("hex");
  const projectFiles = await projectFilesOf(declared, projectFolder, nonce);
  const known = { ...proof.known, secrets, nonce, projectFiles };
  const { plan, probing } = probingPlan(declared, (job) => scriptOf(declared, job, known));
  const verdicts: Verdict[] = [];
  const add = (found: readonly Finding[], losses: readonly Loss[] = []) =>
    verdicts.push(...found.map((finding) => judge(finding, losses)));
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-prove-"));
  let sandbox: ProvedSandbox | undefined;
  try {
    report("start");
    const values = Object.entries(secrets).map(([name, value]) => [secretVariable(name), value] as const);
    const secretVariables = Object.fromEntries(values);
    sandbox = await target.prepare({ ...proof, plan, folder, secretVariables });
    const seen = new Set<string>();
    for (const job of probing) {
      signal.throwIfAborted();
      report(`job ${job.key}`);
      add(await probe(sandbox, { plan: declared, job, known, seen }), sandbox.losses(job));
    }
    for (const job of proof.jobs) {
      signal.throwIfAborted();
      report(`job ${job.key}`);
      add([passes(declared, job, await sandbox.runJob(job.key, () => {}))], sandbox.losses(job));
    }
  } catch (error) {
    if (!signal.aborted) add([failure(declared, error)]);
  } finally {
    report("remove");
    try {
      await sandbox?.remove();
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      // What is left may need the folder: a compose project has its file there.
      add([failure(declared, error)]);
    }
  }
  if (sandbox !== undefined) add([cleanUp(declared, await sandbox.leftovers())]);
  signal.throwIfAborted();
  return verdicts;
}

/** The questions to a job are the same on each target: those that a target cannot put are not counted. */
function scriptOf(plan: Plan, job: PlannedJob, known: Known): readonly string[] {
  const { packets, contents } = expectationsOf(plan, job, known);
  return jobScript(
    known.nonce,
    packets.map(({ question }) => question),
    contents.map(({ question }) => question),
  );
}

function expectationsOf(plan: Plan, job: PlannedJob, known: Known) {
  const subject = subjectOf(plan, job, known);
  // Compose and GitLab start for a job the services of its profiles.
  const services = plan.services.filter((service) => isActive(service, job.profiles));
  return { subject, packets: packetsOfJob(subject, services), contents: contentsOfJob(subject) };
}

interface Probing {
  readonly plan: Plan;
  readonly job: PlannedJob;
  readonly known: Known;
  /** The keys of the services that were observed before. */
  readonly seen: Set<string>;
}

async function probe(sandbox: ProvedSandbox, probing: Probing): Promise<readonly Finding[]> {
  const { plan, job, known } = probing;
  const lines: string[] = [];
  let observation: Promise<readonly Finding[]> | undefined;
  const result = await sandbox.runJob(job.key, (line) => {
    lines.push(line);
    const host = beginningIn(line);
    if (host !== undefined) observation ??= observe(sandbox, probing, host);
  });
  const { subject, packets, contents } = expectationsOf(plan, job, known);
  const { place } = subject;
  if (observation === undefined) {
    const seen = `does not begin, exit code ${result.exitCode}: ${result.lastLine}`;
    return [{ behaviour: "readiness", place, kept: false, seen }];
  }
  const answers = answersIn(lines.join("\n"));
  const ended: Finding = {
    ...{ behaviour: "exitCode", place, kept: result.exitCode === PROBING_EXIT_CODE },
    seen: `exit code ${result.exitCode}, not ${PROBING_EXIT_CODE}: ${result.lastLine}`,
  };
  return [...(await observation), ...findings(subject, [...packets, ...contents], answers), ended];
}

/** Observes the services beside a running job, and lets the job go on. */
async function observe(
  sandbox: ProvedSandbox,
  { plan, job, known, seen }: Probing,
  host: string,
): Promise<readonly Finding[]> {
  const beside = sandbox.servicesBeside(job);
  const fresh = plan.services.filter(({ key }) => beside.includes(key) && !seen.has(key));
  for (const { key } of fresh) seen.add(key);
  let observed: Observed | undefined;
  try {
    observed = await sandbox.observe(job, host);
    return await servicesFindings(plan, fresh, observed, known);
  } catch (error) {
    return [failure(plan, error)];
  } finally {
    await observed?.job.run(["touch", RELEASE_FILE]).catch(() => {});
  }
}

async function servicesFindings(
  plan: Plan,
  services: readonly PlannedService[],
  observed: Observed,
  known: Known,
): Promise<readonly Finding[]> {
  const running = services.filter(({ completesWithin }) => completesWithin === undefined);
  const askEach = (wanted: (subject: Subject<PlannedService>) => readonly Expectation[]) =>
    Promise.all(
      running.map(async (service) => {
        const subject = subjectOf(plan, service, known);
        const expectations = wanted(subject);
        const { answers, addresses } = await ask(observed.services.get(service.key), known, expectations);
        return { key: service.key, addresses, found: findings(subject, expectations, answers) };
      }),
    );
  const contents = await askEach(contentsOfService);
  const addresses = new Map(contents.map((one) => [one.key, one.addresses]));
  const packets = await askEach((subject) => packetsOfService(subject, addresses));
  const times = new Map([...observed.services].map(([key, container]) => [key, container.times]));
  const order = startOrderFindings({ ...plan, services }, times);
  return [...[...contents, ...packets].flatMap(({ found }) => found), ...order];
}

async function ask(
  container: ObservedContainer | undefined,
  { nonce }: Known,
  expectations: readonly Expectation[],
): Promise<{ readonly answers: Answers; readonly addresses: readonly string[] }> {
  if (container === undefined || expectations.length === 0) return { answers: new Map(), addresses: [] };
  const questions = [...expectations.map(({ question }) => question), ["addresses"] as const];
  const output = await container.run(["sh", "-c", servicesScript(nonce, questions)]);
  const answers = answersIn(output);
  return { answers, addresses: answers.get(expectations.length)?.split(" ") ?? [] };
}

function passes(plan: Plan, job: PlannedJob, { exitCode, lastLine }: JobResult): Finding {
  const allowed = [0, ...(job.gitlab.allowedExitCodes ?? [])];
  return {
    ...{ behaviour: "exitCode", place: `${plan.sandbox}.jobs.${job.key}`, kept: allowed.includes(exitCode) },
    seen: `exit code ${exitCode}, not 0: ${lastLine}`,
  };
}

/** A target that could not start the sandbox or run a job. */
function failure({ sandbox }: Plan, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return { behaviour: "readiness", place: sandbox, kept: false, seen: message };
}

function cleanUp({ sandbox }: Plan, left: readonly string[]): Finding {
  return { behaviour: "cleanUp", place: sandbox, kept: left.length === 0, seen: `left: ${left.join(", ")}` };
}
