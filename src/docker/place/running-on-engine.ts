import { randomBytes } from "node:crypto";
import type { Plan } from "../../model/plan/plan.ts";
import type { AddressOf, RunningSandbox, SandboxUse } from "../../sandbox/running-sandbox.ts";
import { isBySsh } from "../host.ts";
import { provideCaches } from "../job-caches.ts";
import { lowerJob } from "../lowering/lower-job.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { portAccess } from "../port-access.ts";
import { runJob } from "../run-job.ts";
import type { EngineConnection } from "./connection.ts";
import { execInPart } from "./exec-in-part.ts";
import { partTimes } from "./part-times.ts";
import { provideJobImage } from "./provide-job-image.ts";
import {
  forwardedAddresses,
  howToReach,
  lastingAdvice,
  reachableAddresses,
  requireAnswers,
  requireReachable,
} from "./published-addresses.ts";
import { serviceLog } from "./service-log.ts";
import { stoppedServices } from "./stopped-services.ts";

/** A sandbox that runs on an engine. */
interface OnEngine {
  readonly plan: Plan;
  readonly secrets: Readonly<Record<string, string>>;
  readonly placement: DockerPlacement;
  /** The containers of its services, by key. */
  readonly containers: Readonly<Record<string, string>>;
  readonly use: SandboxUse;
  /** The addresses on the engine's machine. */
  readonly addresses: () => Promise<AddressOf>;
  readonly remove: () => Promise<void>;
}

export function runningOnEngine(connection: EngineConnection, sandbox: OnEngine): RunningSandbox {
  const { engine, projectFolder, environment } = connection;
  const { plan, secrets, placement, containers, remove } = sandbox;
  const { labels, afterJob, lost, confirm } = sandbox.use;
  const reach = async () => {
    const published = await sandbox.addresses();
    if (isBySsh(engine)) return forwardedAddresses(engine, plan, published);
    const access = await portAccess(engine, environment);
    requireReachable(access, plan, published, howToReach(engine));
    const addressOf = reachableAddresses(access, published);
    await requireAnswers(access, plan, addressOf);
    return addressOf;
  };
  const addresses = async (fromEngineHost: boolean) => {
    const published = await sandbox.addresses();
    if (fromEngineHost) return published;
    const access = await portAccess(engine, environment);
    requireReachable(access, plan, published, lastingAdvice(engine, plan, published));
    return reachableAddresses(access, published);
  };
  return {
    ...{ plan, owner: placement.owner, secrets, lost, confirm },
    reach,
    addresses: async ({ fromEngineHost = false } = {}) => ({ addressOf: await addresses(fromEngineHost) }),
    run: async (job, { image = job.image, variables = {}, progress, ...run }) => {
      const signal = AbortSignal.any([run.signal, lost]);
      if (image !== job.image)
        await provideJobImage(connection, `${plan.sandbox}.jobs.${job.key}.image`, image, {
          ...{ signal, timings: run.timings },
          ...(progress && { progress }),
        });
      const id = randomBytes(3).toString("hex");
      const caches = await provideCaches(engine, projectFolder, job);
      return runJob({
        ...{ ...run, engine, secrets, projectFolder, environment, signal },
        job: lowerJob(plan, job, placement, { id, image, variables, labels, caches }),
        beforeRemoval: afterJob,
      });
    },
    exec: (part, command, streams) => execInPart(engine, { plan, placement, part, command }, streams),
    logs: (service, selection) => serviceLog(engine, { plan, placement, service }, selection),
    stopped: () => {
      const services = plan.services.flatMap(({ key, completesWithin }) => {
        const container = containers[key];
        return container === undefined || completesWithin !== undefined ? [] : [{ key, container }];
      });
      return stoppedServices(engine, services);
    },
    times: () => partTimes(engine, placement),
    // This process holds nothing of it but its lease.
    close: () => {},
    remove,
  };
}
