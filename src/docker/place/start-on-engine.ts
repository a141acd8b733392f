import type { StartRequest } from "../../sandbox/place.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import { timed } from "../../timings/timings.ts";
import type { EngineConnection } from "./connection.ts";
import { publishingAddress } from "./publishing-address.ts";
import { runningOnEngine } from "./running-on-engine.ts";
import { startWithLease } from "./start-with-lease.ts";

/**
 * Starts a new sandbox that ends with this process.
 * @throws as {@link startWithLease} does
 */
export async function startOnEngine(
  connection: EngineConnection,
  { plan, secrets, signal, timings, serves = false }: Omit<StartRequest, "progress">,
): Promise<RunningSandbox> {
  const publishedAt = await timed(timings, { part: "ports", step: "choose address" }, () =>
    publishingAddress(connection, plan, serves),
  );
  const started = await startWithLease({ ...connection, plan, secrets, signal, publishedAt, timings });
  const { placement, containers, published, lost, confirm, remove } = started;
  return runningOnEngine(connection, {
    ...{ plan, secrets, placement, containers, remove },
    use: { labels: {}, afterJob: async () => {}, lost, confirm },
    addresses: async () => (service, port) => published[service]?.[port],
  });
}
