import type { PlannedService } from "../model/plan/plan.ts";
import { NotReady } from "./not-ready.ts";
import { ServicesFailed } from "./services-failed.ts";

/**
 * Starts the services of a sandbox side by side, each once those in its `after` are ready. The first failure
 * ends all waits. Returns or throws once no start is under way.
 *
 * @param services in an order in which they can start
 * @param start starts a service and waits until it is ready. `before` resolves once the services are ready
 * that it comes after
 * @returns what was started, by key
 * @throws ServicesFailed for each start that throws NotReady; its other errors; the signal's reason
 */
export async function startTogether<Service extends Pick<PlannedService, "key" | "after">, Started>(
  sandbox: string,
  services: readonly Service[],
  start: (service: Service, before: Promise<unknown>, end: AbortSignal) => Promise<Started>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Started>>> {
  const failure = new AbortController();
  const end = AbortSignal.any([signal, failure.signal]);
  const started = new Map<string, Promise<Started>>();
  for (const service of services) {
    const before = Promise.all(Object.keys(service.after).map((key) => started.get(key)));
    before.catch(() => {});
    const ready = start(service, before, end).catch((error: unknown) => {
      const explained = error instanceof NotReady ? failureOf(sandbox, service, error) : error;
      failure.abort(explained);
      throw explained;
    });
    started.set(service.key, ready);
  }
  const ends = await Promise.allSettled(started.values());
  signal.throwIfAborted();
  // A service rejects with the failure of one that it comes after, too.
  const failures = new Set(ends.flatMap((one) => (one.status === "rejected" ? [one.reason] : [])));
  const other = [...failures].find((reason) => !(reason instanceof ServicesFailed));
  if (other !== undefined) throw other;
  if (failures.size > 0) throw joined([...failures] as readonly ServicesFailed[]);
  const all = [...started].map(async ([key, ready]) => [key, await ready] as const);
  return Object.fromEntries(await Promise.all(all));
}

function failureOf(sandbox: string, { key }: Pick<PlannedService, "key">, error: NotReady): ServicesFailed {
  const { message, reason, output } = error;
  return new ServicesFailed(`${sandbox}.services.${key}: ${message}`, { [key]: { reason, output } });
}

function joined(failures: readonly ServicesFailed[]): ServicesFailed {
  const messages = failures.map(({ message }) => message).sort();
  return new ServicesFailed(
    messages.join("\n"),
    Object.assign({}, ...failures.map(({ services }) => services)),
  );
}
