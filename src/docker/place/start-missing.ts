import { LABEL } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { ServicesFailed } from "../../sandbox/services-failed.ts";
import { startTogether } from "../../sandbox/start-together.ts";
import { timed } from "../../timings/timings.ts";
import { DockerRefused, deleteOnDocker } from "../api.ts";
import type { Creation } from "../create-container.ts";
import { createEmptyVolume, removeVolume } from "../empty-volume.ts";
import type { DockerHost } from "../host.ts";
import type { DockerObjects, DockerVolume } from "../lowering/lower-sandbox.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { waitUntilReady } from "../readiness.ts";
import { removeContainer } from "../remove-container.ts";
import { createNetworks, type NetworkCreation } from "./create-networks.ts";
import type { KeepSteps } from "./keep-steps.ts";
import { asNotReady, startService } from "./start-services.ts";

/** A sandbox that stays, of which something may be missing. */
interface Missing extends Omit<NetworkCreation, "lease"> {
  readonly objects: DockerObjects;
  readonly steps: KeepSteps;
  readonly creation: Creation;
  readonly signal: AbortSignal;
}

/**
 * Creates what is missing of a sandbox that stays, and waits until every service is ready.
 * @throws ServicesFailed, and what failed stays for its output; ConfigurationError and the signal's reason,
 * once what was begun is removed
 */
export async function startMissing(missing: Missing): Promise<void> {
  const { plan, objects, steps, creation, signal } = missing;
  const { engine } = creation;
  const created = createParts(missing);
  const parts = { exist: created, spans: ["network", "volume"] };
  /** The containers that are not ready yet, by service. */
  const begun = new Map<string, string>();
  const ready = new Set(steps.keptServices.keys());
  const start = async (service: DockerService, before: Promise<unknown>, end: AbortSignal) => {
    const { key, readiness } = service;
    const kept = steps.keptServices.get(key);
    if (kept !== undefined) return waitUntilReady({ engine, container: kept.id }, readiness, end);
    const onCreated = (container: string) => begun.set(key, container);
    await startService(service, before, { ...creation, parts, onCreated }, end)
      .catch(explainTaken)
      .catch(asNotReady);
    begun.delete(key);
    ready.add(key);
  };
  const awaited = objects.services.filter((service) => isAwaited(service, steps));
  const [partsEnd, started] = await Promise.allSettled([
    created,
    startTogether(plan.sandbox, awaited, start, signal),
  ]);
  const failures = [partsEnd, started].flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.length === 0) return;
  if (signal.aborted || !(failures[0] instanceof ServicesFailed)) {
    await Promise.allSettled([...begun.values()].map((container) => removeContainer(engine, container)));
    // Of several, one may be another owner's: then it has the name of ours.
    if (partsEnd.status === "fulfilled") await removeUnused(missing, ready);
  }
  signal.throwIfAborted();
  throw failures[0];
}

/** Whether a service is to be started, or is one that runs once and an earlier command did not wait for. */
function isAwaited({ key, readiness }: DockerService, { keptServices }: KeepSteps): boolean {
  const kept = keptServices.get(key);
  return kept === undefined || (readiness.kind === "completed" && kept.running);
}

/** Creates the missing networks and volumes. */
async function createParts(missing: Missing): Promise<void> {
  const { steps, creation, timings } = missing;
  const { newNetworks, newVolumes } = steps;
  await Promise.all([
    newNetworks.length > 0 && createNetworks(creation.engine, newNetworks, missing).catch(explainTaken),
    ...newVolumes.map((volume) =>
      timed(timings, { part: `volume ${volume.key}`, step: "create", after: [] }, () =>
        createVolume(creation.engine, volume),
      ),
    ),
  ]);
}

/** @throws ConfigurationError for a volume of another owner */
async function createVolume(engine: DockerHost, { body }: DockerVolume): Promise<void> {
  const labels = await createEmptyVolume(engine, body.Name, body.Labels);
  if (labels[LABEL.owner] !== body.Labels[LABEL.owner])
    throw new ConfigurationError(
      `volume ${body.Name}: exists and belongs to another owner; ` +
        `remove it with docker volume rm ${body.Name}, then repeat the command`,
    );
}

/** Removes the networks and volumes of this call that none of the services has. */
async function removeUnused({ plan, objects, steps, creation }: Missing, services: ReadonlySet<string>) {
  const staying = plan.services.filter(({ key }) => services.has(key));
  const networks = new Set(staying.flatMap((service) => service.networks));
  const volumes = new Set(staying.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)));
  const { engine } = creation;
  await Promise.allSettled([
    ...objects.networks
      .filter(({ key }) => steps.newNetworks.includes(key) && !networks.has(key))
      .map(({ body }) => deleteOnDocker(engine, `/networks/${encodeURIComponent(body.Name)}`)),
    ...steps.newVolumes
      .filter(({ key }) => !volumes.has(key))
      .map(({ body }) => removeVolume(engine, body.Name)),
  ]);
}

/** The engine's words for a name that is taken: `The container name "/shop_cache" is already in use`. */
const TAKEN = /name "?\/?([\w.-]+)"? (?:is already in use|already exists)/;

/** @throws ConfigurationError for a name that is taken; every other error */
function explainTaken(error: unknown): never {
  const [, name] = (error instanceof DockerRefused && TAKEN.exec(error.message)) || [];
  if (name === undefined) throw error;
  throw new ConfigurationError(
    `${name}: exists already, of another owner or of another command that brings the sandbox up; ` +
      "wait for that command, or remove what has the name, then repeat the command",
  );
}
