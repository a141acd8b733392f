import type { Fork, ForkOptions, ForkSource, ForkValues } from "./fork.ts";

/**
 * Forks a service in any process of this machine: a worker of a test runner needs nothing but the source. The
 * connection to the server stays for further forks, and keeps no process alive.
 *
 * @example
 * const source = await shop.services.database.forkSource(); // in the process that started the sandbox
 * const database = await forkFrom(source); // in a worker
 * @throws CannotFork for a service without forks; ConfigurationError for what the user has to change, such as
 * a server whose memory is full
 */
export async function forkFrom<Values extends ForkValues>(
  source: ForkSource<Values>,
  options: ForkOptions<Values> = {},
): Promise<Fork<Values>> {
  // Loaded at the first call: declarations load this module.
  const { forkServer } = await import("./fork-server.ts");
  // A fork has values of the same types as its service.
  return (await forkServer(source).fork(options as ForkOptions)) as Fork<Values>;
}
