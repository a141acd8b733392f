import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { textOf } from "./proc.ts";

/** The location of a process: the scope in which its ID is unique. */
export interface ProcessPlace {
  readonly host: string;
  /** The boot ID of the machine; a dash if the system does not report it. */
  readonly boot: string;
  /** The PID namespace; a dash if the system does not report it. Each container has its own. */
  readonly namespace: string;
}

export function ownPlace(): ProcessPlace {
  return {
    host: hostname(),
    boot: textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? "-",
    namespace: ownNamespace(),
  };
}

/**
 * Whether the location is the machine's initial PID namespace, which includes the processes of containers.
 * Source: PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h.
 */
export function isWholeMachine({ namespace }: ProcessPlace): boolean {
  return namespace === "4026531836" || namespace === "-";
}

/**
 * Whether a host name is that of a concurrent slot of gitlab-runner's Docker executor. A slot's jobs have
 * it, and so have runner managers with the same token, on other machines too.
 */
export function isJobSlotHost(host: string): boolean {
  return /^runner-.+-project-\d+-concurrent-\d+$/.test(host);
}

/** Whether a host name is that of a job of gitlab-runner. On Kubernetes it has a suffix unique to the job. */
export function isJobHost(host: string): boolean {
  return /^runner-.+-project-\d+-concurrent-\d+(-|$)/.test(host);
}

/** Whether a host name is Docker's default for a container, which is unique. */
export function isContainerHost(host: string): boolean {
  return /^[0-9a-f]{12}$/.test(host);
}

function ownNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "-";
  }
}
