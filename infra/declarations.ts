import type { Runner } from "../sandboxes/model/runner.ts";
import type { Sandbox } from "../sandboxes/model/sandbox.ts";
import { declaredSandboxes } from "./declared-sandboxes.ts";
import { explain } from "./program-error.ts";

/**
 * The sandboxes that the project declares.
 * @throws ProgramError with a message for people, when one of them cannot be declared so
 */
export async function readDeclarations(): Promise<readonly Sandbox[]> {
  return import("../sandboxes/index.ts").then((module) => declaredSandboxes(module.default)).catch(explain);
}

/** The runners that the project declares. */
export async function readRunners(): Promise<readonly Runner[]> {
  return (await import("../sandboxes/runners.ts")).default;
}
