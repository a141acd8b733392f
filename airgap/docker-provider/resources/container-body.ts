import type { ContainerBody, HostConfig } from "./container-api.ts";
import { networkPlan } from "./container-networks.ts";
import {
  type ContainerInputs,
  type ContainerRow,
  containerProperties,
  mebibyte,
  removedLimits,
} from "./container-properties.ts";

/** A change that Docker cannot make in a living container. The message names the property and the remedy. */
export class CannotChangeInPlace extends Error {
  override readonly name = "CannotChangeInPlace";
}

/** The body of ContainerCreate for `inputs`. */
export function containerBody(inputs: ContainerInputs): ContainerBody {
  const parts = setProperties(inputs).map(([name, value]) => write(name, value));
  return [...parts, networkPlan(inputs.networkMode, inputs.networksAdvanced).body].reduce<ContainerBody>(
    merge,
    {},
  );
}

/**
 * The body of ContainerUpdate that brings the limits and the restart policy `changed` to what `inputs` say.
 *
 * @throws CannotChangeInPlace when a limit is taken away that Docker can only change
 */
export function containerUpdateBody(changed: readonly string[], inputs: ContainerInputs): HostConfig {
  const bodies = changed.map((name) => updatePart(name as keyof ContainerInputs, inputs));
  return bodies.reduce<HostConfig>(
    (all, part) => merge({ HostConfig: all }, { HostConfig: part }).HostConfig ?? {},
    {},
  );
}

function updatePart(name: keyof ContainerInputs, inputs: ContainerInputs): HostConfig {
  if (name === "memory" || name === "memorySwap") return memoryPart(inputs);
  if (name === "restart" || name === "maxRetryCount") {
    return { RestartPolicy: { Name: inputs.restart || "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 } };
  }
  const value = inputs[name];
  if (value) return write(name, value).HostConfig ?? {};
  const removed = removedLimits[name];
  if (removed === undefined) {
    throw new CannotChangeInPlace(
      `${name} cannot be taken away from a container that exists: add replaceOnChanges: ["${name}"] to its options`,
    );
  }
  return asLimit(name, removed);
}

/** Memory and swap go together: Docker refuses a memory limit above the swap limit that the container still has. */
function memoryPart({ memory, memorySwap }: ContainerInputs): HostConfig {
  const Memory = memory ? memory * mebibyte : -1;
  if (memorySwap) return { Memory, MemorySwap: memorySwap === -1 ? -1 : memorySwap * mebibyte };
  return { Memory, MemorySwap: memory ? 2 * Memory : -1 };
}

/** A removed limit is given in the engine's unit already. */
function asLimit(name: keyof ContainerInputs, removed: number): HostConfig {
  const written = Object.keys(write(name, 1).HostConfig ?? {});
  return Object.fromEntries(written.map((field) => [field, removed]));
}

function setProperties(inputs: ContainerInputs): [keyof ContainerInputs, unknown][] {
  const entries = Object.entries(inputs) as [keyof ContainerInputs, unknown][];
  return entries.filter(([, value]) => value !== undefined && value !== null && value !== "");
}

function write(name: keyof ContainerInputs, value: unknown): ContainerBody {
  const row: ContainerRow | undefined = containerProperties[name];
  return row?.write?.(value as never) ?? {};
}

/** One level deeper than a spread: HostConfig, and in it LogConfig and RestartPolicy, come from several properties. */
function merge(one: ContainerBody, other: ContainerBody): ContainerBody {
  return mergeObjects(one, other) as ContainerBody;
}

function mergeObjects(one: object, other: object): object {
  const merged: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = merged[name];
    merged[name] = isPlain(before) && isPlain(value) ? mergeObjects(before, value) : value;
  }
  return merged;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
