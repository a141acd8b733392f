import { type DockerEngine, EngineRefused, isGone, unlessGone } from "../docker-engine.ts";
import type { InputProblem } from "../property-shapes.ts";
import { changedProperties, withChange } from "../property-table.ts";
import { holdsUnknown, type Properties } from "../property-values.ts";
import { type Existing, NotReady, type ResourceType, type Seen, type Work } from "../resource-type.ts";
import type { InspectedContainer, InspectedImage } from "./container-api.ts";
import { containerBody, containerUpdateBody, impossibleInPlace } from "./container-body.ts";
import { containerLogs, readAll, withoutFrames } from "./container-logs.ts";
import { networkPlan } from "./container-networks.ts";
import { computedContainerOutputs, containerInputs, containerOutputs } from "./container-outputs.ts";
import { type ContainerInputs, containerProperties } from "./container-properties.ts";
import { followContainer, readiness, waitUntilHealthy, withLogs } from "./container-readiness.ts";
import { uploadArchive } from "./container-uploads.ts";
import { pullImage } from "./image-pull.ts";

/** The minor version of the engine's API 1 that first knows a healthcheck's start interval. */
const startIntervalSince = 44;

/** A container that could not be made as it should. The message names the container. */
export class ContainerFailed extends Error {
  override readonly name = "ContainerFailed";
}

/** docker:index/container:Container */
export const container: ResourceType = {
  table: containerProperties,
  computed: computedContainerOutputs,
  completed: ["ports"],
  autoNamed: true,
  problems: containerProblems,
  impossibleInPlace,
  replacesByDeletingFirst: () => true,

  async create(work, properties) {
    const inputs = properties as ContainerInputs;
    const id = await createContainer(work, inputs);
    try {
      await connectNetworks(work, id, inputs);
      await uploadFiles(work, id, inputs);
      return await startNew(work, id, properties);
    } catch (error) {
      if (error instanceof NotReady) throw error;
      throw await withoutLeftover(work, id, error);
    }
  },

  async read(work, id, properties): Promise<Seen | undefined> {
    const seen = await inspectContainer(work, id);
    if (seen === undefined) return undefined;
    const image = await inspectImage(work, seen.Image);
    const inputs = containerInputs(
      { container: seen, image, isImport: properties === undefined },
      properties,
    );
    const waits = inputs.wait === true && inputs.mustRun !== false && seen.State.Running;
    const health = waits ? readiness(seen) : "healthy";
    return {
      id: seen.Id,
      inputs,
      outputs: await outputsOf(work, inputs, seen),
      ...(health === "healthy"
        ? {}
        : { notReady: await withLogs(work, seen, health === "starting" ? "not healthy yet" : health) }),
    };
  },

  async update(work, id, before, after) {
    const changed = changedProperties(containerProperties, before, after);
    const limits = withChange(containerProperties, changed, "in place");
    if (limits.length > 0) {
      const body = containerUpdateBody(limits, after as ContainerInputs);
      await work.engine.request({ method: "POST", path: `/containers/${id}/update`, body });
    }
    const inputs = after as ContainerInputs;
    if (inputs.start === false || inputs.mustRun === false || inputs.attach === true)
      return existing(work, id, after);
    return keepRunning(work, id, after);
  },

  delete: (work, id, inputs) => {
    const removal = removeContainer(work, id, inputs as ContainerInputs);
    work.removals.set(id, removal);
    return removal.finally(() => work.removals.delete(id));
  },
};

function containerProblems(properties: Properties): readonly InputProblem[] {
  const inputs = properties as Partial<ContainerInputs>;
  const problems: InputProblem[] = [];
  if (Array.isArray(inputs.uploads)) {
    for (const [index, upload] of inputs.uploads.entries()) {
      if (holdsUnknown(upload)) continue;
      const contents = [upload.content, upload.contentBase64, upload.source].filter(
        (content) => content !== undefined,
      );
      if (contents.length !== 1) {
        problems.push({
          path: `uploads[${index}]`,
          reason: "must have exactly one of content, contentBase64 and source",
        });
      }
      if (upload.permissions && !/^[0-7]{3,4}$/.test(upload.permissions)) {
        problems.push({
          path: `uploads[${index}].permissions`,
          reason: 'must be octal digits, such as "0644"',
        });
      }
    }
  }
  if (inputs.logs === true && inputs.attach !== true) {
    problems.push({ path: "logs", reason: "needs attach: true, which waits for the container's end" });
  }
  return problems;
}

async function createContainer(work: Work, inputs: ContainerInputs): Promise<string> {
  const call = {
    method: "POST",
    path: "/containers/create",
    query: { name: inputs.name, platform: inputs.platform || undefined },
    body: containerBody(inputs),
  } as const;
  await warnOfOldEngine(work, inputs);
  try {
    return (await work.engine.request<{ Id: string }>(call)).Id;
  } catch (error) {
    if (!isGone(error) || !/no such image/i.test(error instanceof Error ? error.message : ""))
      throw failed(inputs, error);
    await pullImage(work, inputs.image, inputs.platform);
    return (await work.engine.request<{ Id: string }>(call)).Id;
  }
}

async function warnOfOldEngine({ engine, tell }: Work, { healthcheck }: ContainerInputs): Promise<void> {
  if (!healthcheck?.startInterval) return;
  const { ApiVersion } = await engine.request<{ ApiVersion: string }>({ method: "GET", path: "/version" });
  if (Number(ApiVersion.split(".")[1]) >= startIntervalSince) return;
  tell(
    "warning",
    `healthcheck.startInterval has no effect: this engine's API ${ApiVersion} is older than 1.${startIntervalSince}, and probes every interval instead`,
  );
}

async function connectNetworks({ engine }: Work, id: string, inputs: ContainerInputs): Promise<void> {
  for (const { network, endpoint } of networkPlan(inputs.networkMode, inputs.networksAdvanced).connectLater) {
    await engine.request({
      method: "POST",
      path: `/networks/${encodeURIComponent(network)}/connect`,
      body: { Container: id, EndpointConfig: endpoint },
    });
  }
}

async function uploadFiles({ engine }: Work, id: string, { uploads }: ContainerInputs): Promise<void> {
  if (uploads === undefined || uploads.length === 0) return;
  const archive = await uploadArchive(uploads);
  await engine.request({ method: "PUT", path: `/containers/${id}/archive`, query: { path: "/" }, archive });
}

/** Starts a new container as its inputs say, and waits for what they say: its health, its end, or nothing. */
async function startNew(work: Work, id: string, properties: Properties): Promise<Existing> {
  const inputs = properties as ContainerInputs;
  if (inputs.start === false) return existing(work, id, properties);
  if (inputs.attach === true) return runToItsEnd(work, id, properties);
  return keepRunning(work, id, properties);
}

async function keepRunning(work: Work, id: string, properties: Properties): Promise<Existing> {
  const inputs = properties as ContainerInputs;
  const events = inputs.wait === true ? await followContainer(work, id) : undefined;
  try {
    await start(work, id, inputs);
    const unready = events && (await waitUntilHealthy(work, id, events, inputs.waitTimeout ?? 60));
    if (unready !== undefined) throw new NotReady(unready, await existing(work, id, properties));
  } finally {
    events?.close();
  }
  const seen = await inspectContainer(work, id);
  if (inputs.mustRun !== false && seen !== undefined && !seen.State.Running && !seen.State.Restarting) {
    throw new ContainerFailed(
      await withLogs(
        work,
        seen,
        `it ended at once with exit code ${seen.State.ExitCode}, and mustRun says that it must run`,
      ),
    );
  }
  return { id, outputs: seen === undefined ? properties : containerOutputs(properties, seen) };
}

async function runToItsEnd(work: Work, id: string, properties: Properties): Promise<Existing> {
  const { logs, tty } = properties as ContainerInputs;
  const { engine, signal } = work;
  // Both are asked for before the start: a container with `rm` is gone together with its logs when it ends.
  const output = await engine.stream({
    method: "POST",
    path: `/containers/${id}/attach`,
    query: { stream: true, stdout: true, stderr: true },
    signal,
  });
  const ended = engine.request<{ StatusCode: number }>({
    method: "POST",
    path: `/containers/${id}/wait`,
    query: { condition: "next-exit" },
    signal,
  });
  ended.catch(() => {});
  await start(work, id, properties as ContainerInputs);
  const [written, { StatusCode }] = await Promise.all([readAll(output), ended]);
  const { outputs } = await existing(work, id, properties);
  const containerLogs = (tty === true ? written : withoutFrames(written)).toString("utf8");
  return { id, outputs: { ...outputs, exitCode: StatusCode, ...(logs === true ? { containerLogs } : {}) } };
}

async function start({ engine }: Work, id: string, inputs: ContainerInputs): Promise<void> {
  try {
    await engine.request({ method: "POST", path: `/containers/${id}/start` });
  } catch (error) {
    throw failed(inputs, error);
  }
}

async function existing(work: Work, id: string, inputs: Properties): Promise<Existing> {
  const seen = await inspectContainer(work, id);
  return { id, outputs: seen === undefined ? inputs : await outputsOf(work, inputs, seen) };
}

async function outputsOf(
  { engine }: Work,
  inputs: Properties,
  seen: InspectedContainer,
): Promise<Properties> {
  const keepsLogs = inputs.attach === true && inputs.logs === true;
  return containerOutputs(inputs, seen, keepsLogs ? await containerLogs(engine, seen) : undefined);
}

/** `error` of a container that was made and is of no use: it is removed, or named when that fails, too. */
async function withoutLeftover(work: Work, id: string, error: unknown): Promise<unknown> {
  try {
    await removeContainer(work, id, {});
    return error;
  } catch (whyLeft) {
    const messages = [error, whyLeft].map((one) => (one instanceof Error ? one.message : String(one)));
    return new ContainerFailed(
      `${messages[0]}; the container ${id.slice(0, 12)} is left behind: ${messages[1]}`,
    );
  }
}

/** Stops the container when it is to end by itself, and removes it. It may be gone already, or be going. */
async function removeContainer(
  { engine }: Work,
  id: string,
  inputs: Partial<ContainerInputs>,
): Promise<void> {
  const { destroyGraceSeconds, removeVolumes = true } = inputs;
  try {
    if (destroyGraceSeconds) {
      await engine.request({
        method: "POST",
        path: `/containers/${id}/stop`,
        query: { t: destroyGraceSeconds },
      });
    }
    await engine.request({
      method: "DELETE",
      path: `/containers/${id}`,
      query: { force: true, v: removeVolumes },
    });
  } catch (error) {
    if (isGone(error)) return;
    if (!(error instanceof EngineRefused && error.status === 409)) throw error;
    await waitUntilRemoved(engine, id, error);
  }
}

/** The engine refuses to remove a container that it is removing already. */
async function waitUntilRemoved(engine: DockerEngine, id: string, refusal: EngineRefused): Promise<void> {
  if (!/already in progress/.test(refusal.message)) throw refusal;
  await unlessGone(
    engine.request({ method: "POST", path: `/containers/${id}/wait`, query: { condition: "removed" } }),
  );
}

function inspectContainer({ engine }: Work, id: string): Promise<InspectedContainer | undefined> {
  return unlessGone(engine.request({ method: "GET", path: `/containers/${encodeURIComponent(id)}/json` }));
}

/** A container outlives its image's name, and a forced removal of the image. */
async function inspectImage({ engine }: Work, id: string): Promise<InspectedImage> {
  const found = await unlessGone(
    engine.request<InspectedImage>({ method: "GET", path: `/images/${id}/json` }),
  );
  return found ?? { Id: id };
}

/** The engine's error, with the container's name where the engine leaves it out. */
function failed(inputs: ContainerInputs, error: unknown): unknown {
  if (!(error instanceof EngineRefused)) return error;
  return new ContainerFailed(`container ${inputs.name}: ${error.message}`);
}
