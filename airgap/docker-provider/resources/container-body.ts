import { withChange } from "../property-table.ts";
import type { Properties } from "../property-values.ts";
import type { ContainerBody, HostConfig } from "./container-api.ts";
import { networkPlan } from "./container-networks.ts";
import {
  type ContainerInputs,
  type ContainerRow,
  containerProperties,
  mebibyte,
  removedLimits,
} from "./container-properties.ts";

/** The body of ContainerCreate for `inputs`. */
export function containerBody(inputs: ContainerInputs): ContainerBody {
  const parts = setProperties(inputs).map(([name, value]) => write(name, value));
  return [...parts, networkPlan(inputs.networkMode, inputs.networksAdvanced).body].reduce<ContainerBody>(
    merge,
    {},
  );
}

/** Those of the `changed` properties that Docker cannot change, or not to nothing, in a container that exists. */
export function impossibleInPlace(changed: readonly string[], inputs: Properties): readonly string[] {
  const limits = withChange(containerProperties, changed, "in place");
  const cannotBeLifted = limits.filter((name) => !inputs[name] && !isLiftable(name));
  return [...withChange(containerProperties, changed, "fixed"), ...cannotBeLifted];
}

/** The body of ContainerUpdate that brings the limits and the restart policy `changed` to what `inputs` say. */
export function containerUpdateBody(changed: readonly string[], inputs: ContainerInputs): HostConfig {
  const parts = changed.map((name) => updatePart(name as keyof ContainerInputs, inputs));
  return Object.assign({}, ...parts);
}

function isLiftable(name: string): boolean {
  return isRemovable(name) || ["memorySwap", "restart", "maxRetryCount"].includes(name);
}

function isRemovable(name: string): name is keyof typeof removedLimits {
  return name in removedLimits;
}

function updatePart(name: keyof ContainerInputs, inputs: ContainerInputs): HostConfig {
  if (name === "memory" || name === "memorySwap") return memoryPart(inputs);
  if (name === "restart" || name === "maxRetryCount") {
    return { RestartPolicy: { Name: inputs.restart || "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 } };
  }
  const value = inputs[name];
  if (value) return write(name, value).HostConfig ?? {};
  return isRemovable(name) ? asLimit(name, removedLimits[name]) : {};
}

/** Memory and swap go together: Docker refuses a memory limit above the swap limit that the container still has. */
function memoryPart({ memory, memorySwap }: ContainerInputs): HostConfig {
  const Memory = (memory ?? 0) * mebibyte;
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
