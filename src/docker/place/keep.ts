import { ConfigurationError } from "../../model/problem.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import type { Changes, KeepRequest } from "../../sandbox/place.ts";
import { timed } from "../../timings/timings.ts";
import { commandDocker, existing as existed } from "../api.ts";
import { NO_FACTS } from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { lowerToDocker } from "../lowering/lower-sandbox.ts";
import { mountedFoldersOn } from "../mounted-folders.ts";
import { requireNoOtherUsers } from "../other-users.ts";
import { removeContainer } from "../remove-container.ts";
import { removeResources } from "../remove-owned.ts";
import { changedContents, withFileHash } from "./changed-contents.ts";
import type { EngineConnection } from "./connection.ts";
import { type ExistingComponent, keyOf, readComponent } from "./existing-component.ts";
import { type KeepSteps, keepSteps } from "./keep-steps.ts";
import { placeComponents } from "./place-components.ts";
import { publishingAddress } from "./publishing-address.ts";
import { startMissing } from "./start-missing.ts";

/**
 * Brings a sandbox up that stays: starts what is missing, replaces what differs from the plan, and leaves the
 * rest alone. Waits until every service is ready.
 * @throws ServicesFailed, and what failed stays for its output; ConfigurationError; the signal's reason, once
 * what was begun is removed
 */
export async function keepOnEngine(connection: EngineConnection, request: KeepRequest): Promise<Changes> {
  const { engine, projectFolder, subnetPool, privilegedImages, network, environment } = connection;
  const { plan, ownership, secrets, signal, timings, removesVolumes = false } = request;
  signal.throwIfAborted();
  const component = plan.sandbox;
  const folders = mountedFoldersOn(engine, plan, projectFolder);
  const { existing, facts } = await timed(timings, { part: "subnets", step: "look up" }, () =>
    readComponent(engine, { owner: ownership.owner, component }),
  );
  const publishedAt = await publishingAddress(connection, plan);
  const placing = { ownership, subnetPool, privilegedImages, network, publishedAt };
  const [placed] = placeComponents({
    ...{ ...placing, facts: { ...NO_FACTS, ...facts } },
    components: [{ component, plan, ...folders }],
  });
  const volumes = Object.fromEntries(existing.volumes.map((volume) => [keyOf(volume), volume.name]));
  const placement = { ...placed, existing: { networks: {}, volumes } };
  const lowered = lowerToDocker(plan, placement);
  const services = await Promise.all(lowered.services.map((service) => withFileHash(service, projectFolder)));
  const creation = { engine, secrets, projectFolder, environment, timings };
  const changed = await changedContents(services, existing.services, creation);
  const objects = { ...lowered, services };
  const steps = keepSteps({ plan, objects, existing, changedContents: changed, removesVolumes });
  await requireUnused(engine, existing, steps, ownership.owner);
  signal.throwIfAborted();
  request.onChanges(steps.changes);
  await removeOld(engine, existing, steps);
  signal.throwIfAborted();
  await startMissing({ ...placing, plan, component, placement, objects, steps, creation, signal, timings });
  return steps.changes;
}

/** @throws ConfigurationError for a network or volume that is to be removed and that others use */
async function requireUnused(
  engine: DockerHost,
  { jobs }: ExistingComponent,
  steps: KeepSteps,
  owner: string,
): Promise<void> {
  for (const { name } of steps.oldNetworks) {
    const job = jobs.find(({ networks }) => networks.includes(name));
    if (job === undefined) continue;
    throw new ConfigurationError(
      `network ${name}: changes, and job ${job.name} runs on it; repeat the command once the job has ended`,
    );
  }
  await requireNoOtherUsers(engine, oldResources(steps), owner);
}

async function removeOld(
  engine: DockerHost,
  { volumes: own }: ExistingComponent,
  steps: KeepSteps,
): Promise<void> {
  await Promise.all(
    steps.oldServices.map(async ({ id, volumes }) => {
      const keepsData = own.some(({ name }) => volumes.includes(name));
      // A database leaves complete files. Others have nothing to lose, and an end may take ten seconds.
      if (keepsData) await existed(commandDocker(engine, { method: "POST", path: `/containers/${id}/stop` }));
      await removeContainer(engine, id);
    }),
  );
  await removeResources(engine, oldResources(steps));
}

/** The networks and volumes to remove, with their names for ids, as the engine accepts them. */
function oldResources({ oldNetworks, oldVolumes }: KeepSteps): readonly OwnedResource[] {
  const resource = (kind: "network" | "volume") => (one: Pick<OwnedResource, "name" | "labels">) => ({
    ...{ kind, id: one.name, name: one.name, labels: one.labels },
    ...{ created: 0, running: false },
  });
  return [...oldNetworks.map(resource("network")), ...oldVolumes.map(resource("volume"))];
}
