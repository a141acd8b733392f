import { declaredForRun } from "../declared-for-run.ts";

/** What Jest hands to a global set-up, as far as it is read. */
interface ProjectConfig {
  readonly testEnvironmentOptions?: { readonly sandbox?: unknown };
}

/**
 * Jest's global set-up: starts the declared sandbox of the project once for all workers. Its variables are in
 * `process.env` of each test. `testEnvironmentOptions.sandbox` or NESTBOX_SANDBOX names one of several.
 *
 * @example
 * // in the configuration of Jest
 * export default { globalSetup: "nestbox/jest" };
 */
export default async function setUp(_: unknown, { testEnvironmentOptions }: ProjectConfig): Promise<void> {
  const sandbox = testEnvironmentOptions?.sandbox;
  const named = typeof sandbox === "string" ? sandbox : undefined;
  Object.assign(process.env, await declaredForRun({ ...process.env }, named));
}
