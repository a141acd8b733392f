import { declaredForRun } from "./declared-for-run.ts";

/**
 * The global set-up of node:test, which Node 24 has: starts the declared sandbox of the project once for all
 * test files. Its variables are in `process.env` of each. NESTBOX_SANDBOX names one of several.
 *
 * @example
 * // in a file of the project, for node --test --test-global-setup=FILE
 * export { globalSetup } from "nestbox/node-test";
 */
export async function globalSetup(): Promise<void> {
  Object.assign(process.env, await declaredForRun({ ...process.env }));
}
