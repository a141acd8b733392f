import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { type Duration, timerMilliseconds } from "../model/duration.ts";
import type { Readiness } from "../model/plan/ready-when.ts";
import { expressionOf, LAST_OUTPUT, NotReady, notReadyError, overdueReason } from "../sandbox/not-ready.ts";
import { callDocker, commandDocker, DockerRefused, readMessages } from "./api.ts";
import { outputLines } from "./container-output.ts";
import { hasStartInterval } from "./engine-api.ts";
import { filterQuery } from "./listing.ts";
import { hasReadyMark, setReadyMark } from "./ready-mark.ts";
import { type ProbeEnd, probeCommand, runProbe } from "./run-probe.ts";
import { inspect, type StartedContainer } from "./started-container.ts";

/**
 * Waits until a container is ready: by its healthcheck, a line of its output, or its exit code 0. Fails early
 * if the container ends or turns unhealthy.
 * @param signal ends the wait. @default none
 * @throws NotReady with the reason; the signal's reason
 */
export async function waitUntilReady(
  started: StartedContainer,
  readiness: Readiness,
  signal?: AbortSignal,
): Promise<void> {
  if (readiness.kind === "started") return requireRunning(await inspect(started), started);
  const limit = AbortSignal.timeout(timerMilliseconds(readiness.within));
  const end = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    if (readiness.kind === "healthy") await untilHealthy(started, readiness, end);
    else if (readiness.kind === "log") await untilLogLine(started, expressionOf(readiness), end);
    else await untilCompleted(started, end);
  } catch (error) {
    signal?.throwIfAborted();
    if (!limit.aborted || error instanceof NotReady) throw error;
    throw await notReady(started, overdueReason(readiness));
  }
}

/** The exit code of a process that SIGKILL ended. */
const SIGKILL_EXIT = 137;

/** The number of output lines in an error. */
const LAST_LINES = 20;

type Healthy = Extract<Readiness, { readonly kind: "healthy" }>;

async function untilHealthy(
  started: StartedContainer,
  readiness: Healthy,
  limit: AbortSignal,
): Promise<void> {
  const filters = { container: [started.container], event: ["health_status", "die"] };
  // The engine begins its answer before it subscribes: `since` has it repeat what happened in between.
  const path = `/events?since=1&${filterQuery(filters)}`;
  const events = await callDocker(started.engine, { method: "GET", path, signal: limit });
  try {
    if (!hasStartInterval(events.headers)) return await untilProbePasses(started, readiness, limit);
    if (await isHealthy(started)) return;
    // An event may be one of an earlier start.
    for await (const _ of readMessages(events)) if (await isHealthy(started)) return;
  } finally {
    events.destroy();
  }
}

/** @throws NotReady if the container has ended, is unhealthy, or has no healthcheck */
async function isHealthy(started: StartedContainer): Promise<boolean> {
  const inspection = await inspect(started);
  await requireRunning(inspection, started);
  const status = inspection.State.Health?.Status ?? "none";
  if (status === "unhealthy") throw await notReady(started, "unhealthy");
  if (status === "none") throw await notReady(started, NO_HEALTHCHECK);
  return status === "healthy";
}

const NO_HEALTHCHECK = "its image has no HEALTHCHECK; declare a probe of another kind";

/** The pause between two probes by the image's own healthcheck: its interval is for ready services. */
const IMAGE_START_EVERY: Duration = "1s";

/**
 * Runs the healthcheck of a container until it passes, in place of an engine that looks first after minutes.
 * It records the success in the container: the engine reports `starting` until it looks itself.
 */
async function untilProbePasses(
  started: StartedContainer,
  readiness: Healthy,
  limit: AbortSignal,
): Promise<void> {
  const every = timerMilliseconds(readiness.startEvery ?? IMAGE_START_EVERY);
  let last: ProbeEnd | undefined;
  try {
    for (;;) {
      last = await probeOnce(started, last, limit);
      if (last.ExitCode === 0) return await setReadyMark(started).catch(unlessReadOnly);
      await pause(every, undefined, { signal: limit });
    }
  } catch (error) {
    if (!limit.aborted || last === undefined || error instanceof NotReady) throw error;
    throw await notReady(started, overdueReason(readiness), last);
  }
}

/** A container with a read-only root takes no mark: it counts as starting until the engine looks. */
function unlessReadOnly(error: unknown): void {
  if (!(error instanceof DockerRefused && /read-only/.test(error.message))) throw error;
}

/** @throws NotReady if the container has ended, is unhealthy, or has no healthcheck */
async function probeOnce(
  started: StartedContainer,
  last: ProbeEnd | undefined,
  limit: AbortSignal,
): Promise<ProbeEnd> {
  const inspection = await inspect(started);
  await requireRunning(inspection, started, last);
  if (inspection.State.Health?.Status === "unhealthy") throw await notReady(started, "unhealthy");
  const { Healthcheck = {} } = inspection.Config;
  const command = probeCommand(Healthcheck);
  if (command === undefined) throw await notReady(started, NO_HEALTHCHECK);
  try {
    return await runProbe(started, command, Healthcheck, limit);
  } catch (error) {
    // It may have ended since.
    if (error instanceof DockerRefused) await requireRunning(await inspect(started), started, last);
    throw error;
  }
}

async function untilLogLine(
  started: StartedContainer,
  expression: RegExp,
  limit: AbortSignal,
): Promise<void> {
  if (await hasReadyMark(started)) return;
  const { Config } = await inspect(started);
  const output = await readOutput(started, "follow=1&stdout=1&stderr=1", limit);
  for await (const line of outputLines(output, Config.Tty))
    if (expression.test(line)) return setReadyMark(started);
  throw await notReady(started, endOf(await inspect(started)));
}

async function untilCompleted(started: StartedContainer, limit: AbortSignal): Promise<void> {
  const path = `/containers/${started.container}/wait`;
  await commandDocker(started.engine, { method: "POST", path, signal: limit });
  const inspection = await inspect(started);
  if (inspection.State.ExitCode !== 0) throw await notReady(started, endOf(inspection));
}

async function requireRunning(
  inspection: Docker.ContainerInspectInfo,
  started: StartedContainer,
  probe?: ProbeEnd,
): Promise<void> {
  if (!inspection.State.Running) throw await notReady(started, endOf(inspection), probe);
}

function endOf({ State, HostConfig }: Docker.ContainerInspectInfo): string {
  const { ExitCode, OOMKilled, Error: message } = State;
  const end = `ended with exit code ${ExitCode}`;
  if (OOMKilled) return `${end}, out of memory: raise limits.memory`;
  // The engine may hear of the end before it hears of its reason, which it never records then.
  if (ExitCode === SIGKILL_EXIT && HostConfig.Memory)
    return `${end}, killed, perhaps out of memory: raise limits.memory`;
  return message ? `${end}: ${message}` : end;
}

/**
 * The error with the last output of the probe and the container.
 * @param ran the last probe. @default the last that the engine ran
 */
async function notReady(started: StartedContainer, reason: string, ran?: ProbeEnd): Promise<NotReady> {
  const { Config, State } = await inspect(started);
  const probe = ran ?? State.Health?.Log?.at(-1);
  const output = await readOutput(started, `stdout=1&stderr=1&tail=${LAST_LINES}`);
  const lines: string[] = [];
  for await (const line of outputLines(output, Config.Tty)) lines.push(line);
  const title = `its probe ended with exit code ${probe?.ExitCode}`;
  return notReadyError(reason, [
    ...(probe !== undefined && probe.ExitCode !== 0 ? [{ title, lines: probe.Output.split(/\r?\n/) }] : []),
    { title: LAST_OUTPUT, lines },
  ]);
}

function readOutput({ engine, container }: StartedContainer, query: string, signal?: AbortSignal) {
  return callDocker(engine, { method: "GET", path: `/containers/${container}/logs?${query}`, signal });
}
