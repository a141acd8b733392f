import {
  isOfRunner,
  isPlaceOfJobs,
  isSingleContainer,
  isWholeMachine,
  ownPlace,
} from "../../machine/process-place.ts";
import { birthsOf, bootTime } from "../../machine/running-process.ts";
import type { Environment } from "../workspace/stack-plan.ts";

/** Who holds a lock on a stack, in Pulumi's own words. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When it took the lock, in ISO 8601, to the second. */
  readonly since: string;
}

/** What can be known about a lock's holder from where one is. */
export interface Witness {
  readonly host: string;
  /** Whether all processes of this machine can be seen. */
  readonly seesMachine: boolean;
  /**
   * When the machine was started, and when the processes here began, in milliseconds since 1970: of a
   * container, its own start.
   */
  readonly bootedAt: number;
  readonly beganAt: number;
  /** When each process was born that has this number, in milliseconds since 1970. */
  readonly birthsOf: (pid: number) => readonly number[];
  readonly isJob: boolean;
  /** How long GitLab lets this job run, in milliseconds. */
  readonly jobTimeout?: number;
  readonly now: number;
}

/** Milliseconds by which a machine's clock may have been set right since a lock was written. */
const CLOCK_STEP = 10_000;

/** Milliseconds by which the clocks of two machines may differ, and a job may outlast its time. */
const CLOCK_DIFFERENCE = 10 * 60_000;

/**
 * The holders that an error about a locked stack names: pkg/backend/diy/lock.go. Nobody, for any other error.
 */
export function lockHolders(errors: readonly string[]): readonly LockHolder[] {
  const locked = errors.filter((error) => error.includes("the stack is currently locked by"));
  return locked.flatMap((error) =>
    [...error.matchAll(/: created by (\S*)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
      ([, user = "", host = "", pid, since = ""]) => ({ user, host, pid: Number(pid), since }),
    ),
  );
}

/**
 * Whether the holder of a lock still works. Its host's name and its number do not say it: jobs in one place
 * of a gitlab-runner have the same name, containers in the host's network have that of the machine, and
 * numbers come again. A process that was born after the lock was written has not written it.
 * @param isOnlyJob whether of the jobs that work on the stack GitLab runs one at a time, so that an earlier
 * one has ended
 */
export function judgeHolder(
  { host, pid, since }: LockHolder,
  witness: Witness,
  { isOnlyJob }: { readonly isOnlyJob: boolean },
): "works" | "has died" | "cannot be told" {
  const written = Date.parse(since);
  if (Number.isNaN(written)) return "cannot be told";
  const { now, jobTimeout } = witness;
  const hasOutlivedJob =
    isOfRunner(host) && jobTimeout !== undefined && written + jobTimeout + CLOCK_DIFFERENCE < now;
  const otherwise = hasOutlivedJob ? "has died" : "cannot be told";
  if (host !== witness.host) return otherwise;
  const latestBirth = written + 1000 + CLOCK_STEP;
  const isRunning = witness.birthsOf(pid).some((born) => born <= latestBirth);
  if (isRunning) return "works";
  if (witness.seesMachine || isSingleContainer(host)) return "has died";
  if (isPlaceOfJobs(host)) return isOnlyJob ? "has died" : otherwise;
  if (witness.bootedAt > latestBirth) return "has died";
  // Another container may have the machine's name as well: jobs of CI come and go, one that somebody works in
  // stays.
  if (!witness.isJob && witness.beganAt <= latestBirth) return "has died";
  return otherwise;
}

/** What this process can know. */
export function witnessHere(environment: Environment): Witness {
  const place = ownPlace();
  const timeout = Number(environment.CI_JOB_TIMEOUT);
  return {
    host: place.host,
    seesMachine: isWholeMachine(place),
    bootedAt: bootTime(),
    beganAt: Math.min(...birthsOf(1)),
    birthsOf,
    isJob: Boolean(environment.CI),
    ...(timeout > 0 && { jobTimeout: timeout * 1000 }),
    now: Date.now(),
  };
}
