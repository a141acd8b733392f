import { randomUUID } from "node:crypto";
import type { Environment } from "../machine/environment.ts";

/**
 * Who shares a sandbox: all workers and files of a run, the files of one worker one after the other, or
 * nobody but one file or one test.
 */
export type Scope = "run" | "worker" | "file" | "test";

/** The sandbox of a scope at a holder: who gets the same one, and whether it stays without users. */
export interface Slot {
  readonly slot: string;
  readonly stays: boolean;
}

/** The variable by which a test finds the slot that the environment of its file has taken. */
export const SLOT_VARIABLE = "NESTBOX_TEST_SLOT";

/** @param environment of the worker */
export function slotOf(scope: Scope, environment: Environment): Slot {
  if (scope === "run") return { slot: scope, stays: true };
  if (scope === "worker") return { slot: `${scope} ${workerOf(environment) ?? process.pid}`, stays: true };
  return { slot: `${scope} ${randomUUID()}`, stays: false };
}

/** The worker of a test runner that a process or thread is. Undefined for none. */
export function workerOf({
  JEST_WORKER_ID,
  VITEST_POOL_ID,
  NODE_TEST_CONTEXT,
}: Environment): string | undefined {
  return JEST_WORKER_ID ?? VITEST_POOL_ID ?? (NODE_TEST_CONTEXT && String(process.pid));
}
