import path from "node:path";
import { Readable } from "node:stream";
import type { ForkSource, ForkValues } from "../fork/fork.ts";
import { forkFrom } from "../fork/fork-from.ts";
import { textStream } from "../machine/text-stream.ts";
import { connectionAt } from "../model/declaration/references.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { type Duration, milliseconds, parseDuration } from "../model/duration.ts";
import { isActive } from "../model/plan/active.ts";
import { jobNamed } from "../model/plan/job-named.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { renderValue } from "../model/text.ts";
import { explained, openWorkspace, type Workspace } from "../project/workspace.ts";
import { environmentSecrets } from "../sandbox/environment-secrets.ts";
import { jobOrder } from "../sandbox/jobs/job-order.ts";
import { ARTIFACTS_FOLDER } from "../sandbox/jobs/keep-artifacts.ts";
import { runJobs } from "../sandbox/jobs/run-jobs.ts";
import { joinVariables, reachableServices } from "../sandbox/reachable-services.ts";
import type { AddressOf, RunningSandbox } from "../sandbox/running-sandbox.ts";
import { type Abort, onAbort } from "./abort.ts";
import type { ForkedService, StartedSandbox } from "./started-sandbox.ts";

/** A running sandbox, and what its use needs. */
export interface SandboxInProgram {
  readonly declared: Sandbox;
  /** The plan with its jobs. */
  readonly plan: Plan;
  readonly sandbox: RunningSandbox;
  readonly workspace: Workspace;
  readonly addressOf: AddressOf;
  readonly context: string | undefined;
  /** The values of secrets that were given, by name. */
  readonly secrets: Readonly<Record<string, string>> | undefined;
  /** Aborted once the sandbox has to end. */
  readonly ended: AbortSignal;
}

/** A running sandbox as a program uses it. */
export function useSandbox<Connections>(
  program: SandboxInProgram,
): Omit<StartedSandbox<Connections>, typeof Symbol.asyncDispose> {
  const { sandbox, workspace, declared, plan, addressOf } = program;
  const reachable = reachableServices(declared, addressOf);
  // One that no container gets is not among the sandbox's.
  const clientSecret = (name: string) =>
    environmentSecrets({ sandbox: plan.sandbox, secrets: [name] }, workspace.environment, program.secrets)[
      name
    ];
  const secretValue = (name: string) => sandbox.secrets[name] ?? clientSecret(name) ?? "";
  const inserted = <Value>(value: Value) => renderValue(value, secretValue);
  return {
    services: servicesOf(program, inserted, secretValue) as StartedSandbox<Connections>["services"],
    variables: inserted(joinVariables(reachable)),
    address(service, port) {
      requireService(program, service);
      const found = addressOf(service, port);
      if (found !== undefined) return found;
      throw new ConfigurationError(`${pathOf(program, service)}: has no port ${port}; add it to "ports"`);
    },
    exec: (service, command, { stdin, signal } = {}) =>
      explained(workspace, async () => {
        requireService(program, service);
        const output = { stdout: "", stderr: "" };
        const streams = {
          ...(stdin !== undefined && { stdin: Readable.from([stdin]) }),
          stdout: textStream((text) => (output.stdout += text)),
          stderr: textStream((text) => (output.stderr += text)),
        };
        const exitCode = await abortable(signal, (end) =>
          sandbox.exec(service, command, { ...streams, signal: end }),
        );
        return { exitCode, ...output };
      }),
    async *logs(service, { follow = false, since, last, signal } = {}) {
      requireService(program, service);
      const end = new AbortController();
      const ignore = onAbort(signal, (reason) => end.abort(reason));
      const within = since === undefined ? {} : { within: sinceMilliseconds(since) };
      const selection = { follow, ...within, ...(last !== undefined && { last }), signal: end.signal };
      try {
        yield* sandbox.logs(service, selection);
      } catch (error) {
        throw workspace.place.explain(error);
      } finally {
        ignore();
        end.abort();
      }
    },
    run: (job, { signal } = {}) => runJob(program, job, signal),
    remove: () => explained(workspace, () => sandbox.remove()),
  };
}

/** The services by key. One that this machine does not reach throws when it is read. */
function servicesOf(
  program: SandboxInProgram,
  inserted: <Value>(value: Value) => unknown,
  secretValue: (name: string) => string,
): object {
  const { declared, plan, addressOf } = program;
  const services = {};
  for (const [key, service] of Object.entries(declared.services)) {
    const [reachable] = reachableServices({ ...declared, services: { [key]: service } }, addressOf);
    const [first] = service.ports ?? [];
    const address = first === undefined ? undefined : addressOf(key, first);
    const runs = plan.services.some((planned) => planned.key === key);
    if (!runs || reachable === undefined || address === undefined) {
      const get = () => {
        requireService(program, key);
        throw new ConfigurationError(`${pathOf(program, key)}: has no port; add "ports", such as [8080]`);
      };
      Object.defineProperty(services, key, { get, enumerable: false });
      continue;
    }
    const connection = connectionAt(service, { host: address.host, port: String(address.port) });
    const value = inserted({ ...connection, variables: reachable.variables }) as object;
    const forks = forksOf(program, key, secretValue);
    for (const [name, method] of Object.entries(forks))
      Object.defineProperty(value, name, { value: method, enumerable: false });
    Object.defineProperty(services, key, { value, enumerable: true });
  }
  return services;
}

/** The functions by which a service is forked. A seed that has failed is tried again. */
function forksOf(
  program: SandboxInProgram,
  service: string,
  secretValue: (name: string) => string,
): ForkedService<ForkValues> {
  const { ended: signal } = program;
  let source: Promise<ForkSource> | undefined;
  const forkSource = async () => {
    const { sourceOfForks } = await import("../operations/fork-source.ts");
    source ??= sourceOfForks({ ...program, service, secretValue, signal });
    return source.catch((error: unknown) => {
      source = undefined;
      throw error;
    });
  };
  return { forkSource, fork: async (options) => forkFrom(await forkSource(), options) };
}

/** Runs a job after those that it needs. Their images are provided first. */
async function runJob(program: SandboxInProgram, name: string, signal: Abort | undefined) {
  const { plan, sandbox, workspace, context, ended } = program;
  const jobs = jobsToRun(plan, name);
  const isUsed = (name: string) => jobs.some(({ image }) => image === name);
  const images = plan.images.filter(isUsed);
  const builds = plan.builds.filter(({ image }) => isUsed(image));
  const artifacts = path.join(workspace.project.folder, ARTIFACTS_FOLDER);
  const output = { stdout: "", stderr: "" };
  const both = (kind: keyof typeof output, log: NodeJS.WritableStream) =>
    textStream((text) => {
      output[kind] += text;
      log.write(text);
    });
  const exitCode = await abortable(signal, async (end) => {
    const stopped = AbortSignal.any([end, ended]);
    const invocation = {
      ...workspace,
      onInterruption: (listener: (signal: NodeJS.Signals) => void) =>
        onAbort(stopped, () => listener("SIGTERM")),
    };
    await openWorkspace(
      workspace.project,
      { pulumi: false, context, plans: () => [{ ...plan, images, builds }] },
      invocation,
    );
    const streams = { stdout: both("stdout", workspace.stdout), stderr: both("stderr", workspace.stderr) };
    const inSandbox = { ...invocation, ...streams };
    return explained(workspace, () =>
      runJobs(inSandbox, { plan, jobs, artifacts }, (_, work) => work(sandbox)),
    );
  });
  return { exitCode, ...output };
}

/** @throws the signal's reason once it is aborted */
async function abortable<Result>(
  signal: Abort | undefined,
  work: (end: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  const ignore = onAbort(signal, (reason) => end.abort(reason));
  try {
    end.signal.throwIfAborted();
    return await work(end.signal);
  } finally {
    ignore();
    end.signal.throwIfAborted();
  }
}

/** @throws ConfigurationError for an unknown job, and for an inactive one among those that it needs */
function jobsToRun(plan: Plan, name: string): readonly PlannedJob[] {
  const jobs = jobOrder(plan.jobs, jobNamed(plan, name).key);
  const inactive = jobs.find((job) => !isActive(job, plan.profiles));
  if (inactive === undefined) return jobs;
  throw inactivePart(`${plan.sandbox}.jobs.${inactive.key}`, inactive.profiles);
}

/** @throws ConfigurationError for an unknown service, and for an inactive one */
function requireService({ plan, declared }: SandboxInProgram, key: string): void {
  if (plan.services.some((service) => service.key === key)) return;
  const service = Object.hasOwn(declared.services, key) ? declared.services[key] : undefined;
  if (service === undefined) {
    const known = Object.keys(declared.services).join(", ");
    throw new ConfigurationError(
      `no service "${key}" in sandbox "${plan.sandbox}"; it has ${known || "none"}`,
    );
  }
  throw inactivePart(`${plan.sandbox}.services.${key}`, service.profiles ?? []);
}

function inactivePart(place: string, profiles: readonly string[]): ConfigurationError {
  const names = profiles.map((name) => `"${name}"`).join(" or ");
  return new ConfigurationError(
    `${place}: profile ${names} is not active; add it to the option "profiles" of start`,
  );
}

function pathOf({ plan }: SandboxInProgram, key: string): string {
  return `${plan.sandbox}.services.${key}`;
}

function sinceMilliseconds(since: Duration): number {
  if (parseDuration(since) !== undefined) return milliseconds(since);
  throw new ConfigurationError(`since: "${since}" is no duration; use one such as "5m"`);
}
