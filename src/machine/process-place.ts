import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Where a process runs. Its number means something there alone. */
export interface ProcessPlace {
  readonly host: string;
  /** Which start of the machine it is; a dash where the system does not say. */
  readonly boot: string;
  /**
   * Which set of processes it is in: a container has its own, with numbers of its own; a dash where the
   * system does not say.
   */
  readonly namespace: string;
}

/** Where this process runs. */
export function ownPlace(): ProcessPlace {
  return {
    host: hostname(),
    boot: said(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: said(() => readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")),
  };
}

/**
 * Whether the processes there are all of a machine's, those of its containers too: PROC_PID_INIT_INO in the
 * kernel's include/linux/proc_ns.h.
 */
export function isWholeMachine({ namespace }: ProcessPlace): boolean {
  return namespace === "4026531836" || namespace === "-";
}

/**
 * Whether a host's name is one that gitlab-runner gives to the containers of all jobs in one of its places,
 * one after another: several runners with one token give the same ones, on other machines too.
 */
export function isPlaceOfJobs(host: string): boolean {
  return /^runner-.+-project-\d+-concurrent-\d+$/.test(host);
}

/**
 * Whether a host's name is one that gitlab-runner gives to a job: on Kubernetes each has an end of its own.
 */
export function isOfRunner(host: string): boolean {
  return /^runner-.+-project-\d+-concurrent-\d+(-|$)/.test(host);
}

/** Whether a host's name is the one that Docker gives to a single container. */
export function isSingleContainer(host: string): boolean {
  return /^[0-9a-f]{12}$/.test(host);
}

function said(ask: () => string): string {
  try {
    return ask();
  } catch {
    return "-";
  }
}
