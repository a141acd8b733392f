import { NotReady } from "../../sandbox/not-ready.ts";
import { commandDocker, DockerRefused } from "../api.ts";
import type { DockerHost } from "../host.ts";
import { waitUntilReady } from "../readiness.ts";

/** Milliseconds until the engine has heard of an end that a client has already noticed. */
const NOTICE = 300;

/**
 * Why services no longer run, with their last output.
 * @param services those that keep running, with their containers
 * @returns the reasons, by key; none for a service that runs
 */
export async function stoppedServices(
  engine: DockerHost,
  services: readonly { readonly key: string; readonly container: string }[],
): Promise<Readonly<Record<string, string>>> {
  const reasons = services.map(async ({ key, container }) => {
    const path = `/containers/${container}/wait`;
    const signal = AbortSignal.timeout(NOTICE);
    await commandDocker(engine, { method: "POST", path, signal }).catch(() => {});
    try {
      await waitUntilReady({ engine, container }, { kind: "started" });
      return [];
    } catch (error) {
      // The engine refuses to tell of a container that somebody has removed.
      if (error instanceof NotReady || error instanceof DockerRefused) return [[key, error.message] as const];
      throw error;
    }
  });
  return Object.fromEntries((await Promise.all(reasons)).flat());
}
