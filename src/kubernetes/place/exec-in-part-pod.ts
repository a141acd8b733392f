import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { commandRefused } from "../../sandbox/command-refused.ts";
import { LAST_OUTPUT, notReadyError } from "../../sandbox/not-ready.ts";
import type { ExecStreams } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesRefused } from "../api/cluster-error.ts";
import { execInPod } from "../api/exec-in-pod.ts";
import type { SandboxScope } from "../lowering/sandbox-scope.ts";
import { lastLines } from "../readiness/last-lines.ts";
import { podProblem } from "../readiness/pod-problem.ts";
import { partPath } from "./part-path.ts";
import { isRunning, type PartPod, partPods } from "./part-pods.ts";

/** A service or job of a sandbox in a namespace. */
interface PartOfSandbox {
  readonly cluster: Cluster;
  readonly scope: SandboxScope;
  readonly plan: Plan;
  readonly part: string;
}

/**
 * Runs a command in the container of a service, or of a job that runs, and returns its exit code.
 * @throws ConfigurationError for a container that does not run, with its last output; CommandRefused for an
 * image without the program; the signal's reason; as callKubernetes does
 */
export async function execInPartPod(
  place: PartOfSandbox,
  words: readonly string[],
  streams: ExecStreams,
): Promise<number> {
  const { cluster, scope, plan, part } = place;
  const { namespace } = scope;
  const path = partPath(plan, part);
  const found = await runningPod(place, streams.signal);
  const container = { namespace, pod: found.pod.metadata?.name ?? "", container: found.container };
  try {
    return await execInPod(cluster, container, { words, ...streams });
  } catch (error) {
    if (!(error instanceof KubernetesRefused)) throw error;
    const [reason] = NO_PROGRAM.exec(error.message) ?? [];
    if (reason !== undefined) throw commandRefused(path, words, reason);
    // Its container may have ended meanwhile.
    await runningPod(place, streams.signal);
    throw error;
  }
}

/** What container runtimes answer for a program that is not there, or is not executable. */
const NO_PROGRAM = /executable file [^:]*not found[^:]*|no such file or directory|permission denied/i;

/** @throws ConfigurationError for a container that does not run */
async function runningPod(
  { cluster, scope, plan, part }: PartOfSandbox,
  signal: AbortSignal,
): Promise<PartPod> {
  const path = partPath(plan, part);
  const found = (await partPods(cluster, scope)).get(part);
  if (found === undefined)
    throw new ConfigurationError(`${path}: has no container that runs; start it, then try again`);
  const { pod, container } = found;
  if (isRunning(pod)) return found;
  const { namespace } = scope;
  const lines = await lastLines(cluster, { namespace, pod: pod.metadata?.name ?? "", container }, signal);
  const reason = podProblem(pod, [])?.reason ?? "it has not started yet";
  const evidence = [{ title: LAST_OUTPUT, lines }];
  throw new ConfigurationError(notReadyError(`${path}: does not run: ${reason}`, evidence).message);
}
