import { CannotFork } from "../fork/cannot-fork.ts";
import { FORK_NAME, type ForkSource, type Seeded } from "../fork/fork.ts";
import { forkRule, forkServer } from "../fork/fork-server.ts";
import { runSeed } from "../fork/run-seed.ts";
import { seedHash } from "../fork/seed-inputs.ts";
import { textStream } from "../machine/text-stream.ts";
import { connectionAt, connectionOf } from "../model/declaration/references.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { DeclaredService } from "../model/declaration/service.ts";
import { jobNamed } from "../model/plan/job-named.ts";
import type { Plan } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import { renderText, renderValue } from "../model/text.ts";
import { explained, openWorkspace, type Workspace } from "../project/workspace.ts";
import { jobVariables } from "../sandbox/jobs/job-variables.ts";
import { joinedVariablesOf, reachableServices } from "../sandbox/reachable-services.ts";
import type { AddressOf, RunningSandbox } from "../sandbox/running-sandbox.ts";

/** A service of a running sandbox, to be forked. */
export interface ServiceToFork {
  readonly declared: Sandbox;
  /** The plan with its jobs. */
  readonly plan: Plan;
  readonly service: string;
  readonly sandbox: RunningSandbox;
  readonly workspace: Workspace;
  readonly addressOf: AddressOf;
  /** The value of a secret. */
  readonly secretValue: (name: string) => string;
  readonly context?: string | undefined;
  /** Ends the seed. */
  readonly signal: AbortSignal;
}

/**
 * Fills the declared seed of a service, unless its server has it. Gives what any process needs to fork it.
 * @throws CannotFork for a service without forks; ConfigurationError for a seed that fails, with its last
 * lines
 */
export async function sourceOfForks(request: ServiceToFork): Promise<ForkSource> {
  const { plan, service: key, workspace } = request;
  const planned = plan.services.find((one) => one.key === key);
  const source = sourceWithoutSeed(request);
  if (planned?.seed === undefined) return source;
  const hash = await seedHash(planned, plan.jobs, workspace.project.folder);
  const server = forkServer(source);
  const fill = (empty: Seeded) => fillBySeed(request, source, empty);
  const template = await explained(workspace, () => server.template({ kind: "declared", hash }, fill));
  return { ...source, template };
}

/** The bound of a planned folder in memory, with the property that sets it. */
function memoryBound({ plan, service: key }: Pick<ServiceToFork, "plan" | "service">): string | undefined {
  const [size] = Object.values(plan.services.find((one) => one.key === key)?.tmpfs ?? {});
  return size === undefined ? undefined : `dataSize, which is ${Math.round(size / 2 ** 20)}MiB`;
}

function sourceWithoutSeed(request: ServiceToFork): ForkSource {
  const { declared, service: key, addressOf, secretValue } = request;
  const path = pathOf(request);
  const service = declared.services[key];
  const [port] = service?.ports ?? [];
  const address = port === undefined ? undefined : addressOf(key, port);
  if (service?.forks === undefined)
    throw new CannotFork(
      `${path}: only some services of the catalog have forks, such as postgres(), mariadb() and redis(); ` +
        "start a sandbox for each test, or clear the service between tests",
    );
  if (address === undefined)
    throw new ConfigurationError(`${path}: is not reachable from this machine; set publish: true on it`);
  const at = { host: address.host, port: String(address.port) };
  const inMemory = memoryBound(request);
  const databases = { [key]: FORK_NAME };
  const variables = joinedVariablesOf(reachableServices(declared, addressOf, databases), key);
  const valuesAt = (database?: string) =>
    connectionAt(service, { ...at, ...(database !== undefined && { database }) });
  return renderValue(
    {
      ...{ service: path, kind: service.forks, values: valuesAt() },
      ...(inMemory !== undefined && { inMemory }),
      ofFork: { values: valuesAt(FORK_NAME), variables },
    },
    secretValue,
  ) as ForkSource;
}

async function fillBySeed(request: ServiceToFork, source: ForkSource, empty: Seeded): Promise<void> {
  const { plan, declared, service: key, sandbox, workspace, signal } = request;
  const steps = plan.services.find((one) => one.key === key)?.seed ?? [];
  const { loadWords } = await forkRule(source);
  const client = declared.services[key]?.client ?? [];
  await workspace.progress.step(`seed ${source.service}`, () =>
    runSeed(
      {
        ...{ service: source.service, key, steps, sandbox, signal },
        client: [...client, ...loadWords(empty.name)],
        runJob: (job, output) => runSeedJob(request, job, empty.name, output),
        projectFolder: workspace.project.folder,
        environment: workspace.environment,
      },
      empty,
    ),
  );
}

/** Runs a job whose variables name the state instead of the service. @returns its exit code */
async function runSeedJob(
  request: ServiceToFork,
  name: string,
  database: string,
  output: (text: string) => void,
): Promise<number> {
  const { plan, sandbox, workspace, context, signal } = request;
  const job = jobNamed(plan, name);
  const needs = { pulumi: false, context, plans: () => [{ ...plan, images: [job.image] }] };
  await openWorkspace(workspace.project, needs, workspace);
  const { environment, progress } = workspace;
  const variables = {
    ...jobVariables(job, environment, new Map()),
    ...stateVariables(request, job.env, database),
  };

  const end = await sandbox.run(job, {
    ...{ variables, signal, progress, stdout: textStream(output), stderr: textStream(output) },
    warn: (message) => progress.warn(message),
  });
  if (end.kind === "exited") return end.exitCode;
  signal.throwIfAborted();
  throw new ConfigurationError(
    `${pathOf(request)}.seed: job ${name} took longer than ${job.timeout}; raise its timeout`,
  );
}

/** The variables of the service for its networks, and those of the job that have its URL, for a state. */
function stateVariables(
  { declared, service: key, secretValue }: ServiceToFork,
  env: Plan["jobs"][number]["env"],
  database: string,
): Readonly<Record<string, string>> {
  const service = declared.services[key] as DeclaredService;
  const own = connectionOf(key, service);
  const of = (connection: object) =>
    renderValue(connection, secretValue) as Readonly<Record<string, unknown>>;
  const { url } = of(own);
  const state = of(connectionAt(service, { host: own.host, port: own.port, database }));
  const withUrl = Object.entries(env).flatMap(([name, value]) => {
    const text = renderText(value, secretValue);
    if (typeof url !== "string" || !text.includes(url)) return [];
    return [[name, text.replaceAll(url, String(state.url))] as const];
  });
  return { ...Object.fromEntries(withUrl), ...(state.variables as Readonly<Record<string, string>>) };
}

function pathOf({ plan, service }: Pick<ServiceToFork, "plan" | "service">): string {
  return `${plan.sandbox}.services.${service}`;
}
