import type { Sandbox } from "../model/declaration/sandbox.ts";
import type { StartOptions } from "./start-options.ts";
import type { StartedSandbox } from "./started-sandbox.ts";

/**
 * Starts a sandbox of its own for this program, and waits until every service is ready. It ends with
 * {@link StartedSandbox.remove}, or with the process: after `process.exit`, an exception or a kill, the next
 * start or command removes it, once its lease of 30 s is over.
 *
 * @example
 * const shop = await start(declared);
 * try {
 *   const client = new Client({ connectionString: shop.services.database.url });
 * } finally {
 *   await shop.remove();
 * }
 * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
 * user has to change, such as a secret without a value; the signal's reason. By then everything is removed
 */
export async function start<Connections>(
  declared: Sandbox<Connections>,
  options: StartOptions = {},
): Promise<StartedSandbox<Connections>> {
  // Loaded at the first call: every command loads this module with the declarations.
  const { startDeclared } = await import("./start-declared.ts");
  return startDeclared(declared, options);
}
