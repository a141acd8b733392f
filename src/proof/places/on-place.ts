import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { allLossesOf, type Loss } from "../../losses/losses.ts";
import { jobNamed } from "../../model/plan/job-named.ts";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Place, StartRequest } from "../../sandbox/place.ts";
import type { Observed, ObservedContainer, ProofTarget, ProvedSandbox } from "../../sandbox/proof-target.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import type { Target } from "../../sandbox/target.ts";
import { runDirectly } from "../run-directly.ts";

/** A place of a target, without a stack. */
interface PlaceToProve {
  readonly target: Target;
  /** @throws ConfigurationError if there is none */
  readonly connect: () => Promise<Place>;
  readonly progress: StartRequest["progress"];
}

/** A target by its own place. */
export function placeTarget({ target, connect, progress }: PlaceToProve): ProofTarget {
  return {
    name: target.name,
    async missing() {
      try {
        await (await connect()).leases.now();
        return undefined;
      } catch (error) {
        if (error instanceof ConfigurationError) return error.message;
        throw error;
      }
    },
    async prepare({ plan, secrets, signal }) {
      const place = await connect();
      const sandbox = await place.start({ plan, secrets, signal, progress });
      const until = AbortSignal.any([signal, sandbox.lost]);
      return { ...provedSandbox(target, place, sandbox, until), remove: sandbox.remove };
    },
  };
}

/** A sandbox that runs on a place. */
export function provedSandbox(
  target: Target,
  place: Place,
  sandbox: RunningSandbox,
  signal: AbortSignal,
): Omit<ProvedSandbox, "remove"> {
  const { plan, owner } = sandbox;
  return {
    losses: (job: PlannedJob): readonly Loss[] =>
      allLossesOf(target.losses[0], plan, { services: plan.services, jobs: [job] }),
    servicesBeside: () => plan.services.map(({ key }) => key),
    runJob: (key, onLine) =>
      runDirectly(onLine, (output) => sandbox.run(jobNamed(plan, key), { ...output, signal })),
    observe: (job) => observe(sandbox, job, signal),
    async leftovers() {
      const owned = await place.readOwned(owner);
      return owned.map(({ kind, name }) => `${kind} ${name}`);
    },
  };
}

async function observe(sandbox: RunningSandbox, job: PlannedJob, signal: AbortSignal): Promise<Observed> {
  const times = await sandbox.times();
  const observed = (part: string): readonly [string, ObservedContainer][] => {
    const own = times.get(part);
    if (own === undefined) return [];
    const run = (command: readonly string[]) => outputOf(sandbox, part, command, signal);
    return [[part, { times: own, run }]];
  };
  const [ofJob] = observed(job.key);
  if (ofJob === undefined) throw new Error(`job ${job.key}: its container is gone`);
  return { job: ofJob[1], services: new Map(sandbox.plan.services.flatMap(({ key }) => observed(key))) };
}

/** The output of a command in a container of the sandbox. */
async function outputOf(
  sandbox: RunningSandbox,
  part: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const stdout = new PassThrough();
  const stderr = new PassThrough().resume();
  const output = buffer(stdout);
  await sandbox.exec(part, command, { stdout, stderr, signal }).finally(() => stdout.end());
  return (await output).toString();
}
