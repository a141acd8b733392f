import type { Environment } from "../../machine/environment.ts";
import {
  isContainerHost,
  isJobHost,
  isJobSlotHost,
  isWholeMachine,
  ownPlace,
} from "../../machine/process-place.ts";
import { BOOT_TIME, startTimesOf } from "../../machine/running-process.ts";

/** The holder of a stack's lock, as Pulumi reports it. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** Time of locking, in ISO 8601, to the second. */
  readonly since: string;
}

/** What this process can see of the process that holds a lock. */
export interface ProcessView {
  readonly host: string;
  readonly seesAllProcesses: boolean;
  /** Boot time of the machine, in milliseconds since 1970. Some containers report their own start. */
  readonly bootedAt: number;
  /** Start of the first process visible here, in a container its own start, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The start times of the processes with this id, in milliseconds since 1970. */
  readonly startTimesOf: (pid: number) => readonly number[];
  readonly isCiJob: boolean;
  /** The timeout of this CI job in GitLab, in milliseconds. */
  readonly jobTimeout?: number;
  readonly now: number;
}

/** Milliseconds by which a machine's clock may have been corrected since a lock was written. */
const CLOCK_STEP = 10_000;

/** Milliseconds by which the clocks of two machines may differ and a job may exceed its timeout. */
const CLOCK_DIFFERENCE = 10 * 60_000;

/** The holders named in errors about a locked stack: pkg/backend/diy/lock.go. Empty for other errors. */
export function lockHolders(errors: readonly string[]): readonly LockHolder[] {
  const locked = errors.filter((error) => error.includes("the stack is currently locked by"));
  return locked.flatMap((error) =>
    [...error.matchAll(/: created by (\S*)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
      ([, user = "", host = "", pid, since = ""]) => ({ user, host, pid: Number(pid), since }),
    ),
  );
}

/**
 * Whether the holder of a lock still runs. Host name and process id do not prove it: the jobs in one slot of
 * a gitlab-runner share a host name, as do a machine and containers in its network, and ids are reused. A
 * process that started after the lock was written is not its holder.
 * @param isOnlyJob whether GitLab runs one job at a time on the stack, so that an earlier job has ended
 */
export function holderState(
  { host, pid, since }: LockHolder,
  view: ProcessView,
  { isOnlyJob }: { readonly isOnlyJob: boolean },
): "running" | "dead" | "unknown" {
  const written = Date.parse(since);
  if (Number.isNaN(written)) return "unknown";
  const { now, jobTimeout } = view;
  const hasOutlivedJob =
    isJobHost(host) && jobTimeout !== undefined && written + jobTimeout + CLOCK_DIFFERENCE < now;
  const otherwise = hasOutlivedJob ? "dead" : "unknown";
  if (host !== view.host) return otherwise;
  const latestStart = written + 1000 + CLOCK_STEP;
  const isRunning = view.startTimesOf(pid).some((started) => started <= latestStart);
  if (isRunning) return "running";
  if (view.seesAllProcesses || isContainerHost(host)) return "dead";
  if (isJobSlotHost(host)) return isOnlyJob ? "dead" : otherwise;
  if (view.bootedAt > latestStart) return "dead";
  // Another container may share this host name. A CI job's container is replaced, a developer's one stays.
  if (!view.isCiJob && view.startedAt <= latestStart) return "dead";
  return otherwise;
}

export function localView(environment: Environment): ProcessView {
  const location = ownPlace();
  const timeout = Number(environment.CI_JOB_TIMEOUT);
  return {
    host: location.host,
    seesAllProcesses: isWholeMachine(location),
    bootedAt: BOOT_TIME,
    startedAt: Math.min(...startTimesOf(1)),
    startTimesOf,
    isCiJob: Boolean(environment.CI),
    ...(timeout > 0 && { jobTimeout: timeout * 1000 }),
    now: Date.now(),
  };
}
