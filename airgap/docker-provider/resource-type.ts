import type { Loudness } from "../plugin/engine-link.ts";
import type { DockerEngine } from "./docker-engine.ts";
import type { InputProblem } from "./property-shapes.ts";
import type { PropertyTable } from "./property-table.ts";
import type { Properties } from "./property-values.ts";

/** What an operation on a resource works with. */
export interface Work {
  readonly engine: DockerEngine;
  /** Aborted when the user cancels, or at the resource's customTimeouts: long waits end early. */
  readonly signal: AbortSignal;
  /** Shows a message at the resource. */
  tell(loudness: Loudness, message: string): void;
  /** Containers that are being removed by this process now: resolves when `id` is gone, undefined if it is not one. */
  readonly removals: Map<string, Promise<void>>;
}

/** A resource as the engine has it. */
export interface Existing {
  readonly id: string;
  readonly outputs: Properties;
}

/** A resource that was looked at: what a program would have to say to get it. */
export interface Seen extends Existing {
  readonly inputs: Properties;
  /** Why the resource does not do its work, though it exists. */
  readonly notReady?: string;
}

/**
 * A resource type of the provider. Inputs have passed `problems`; nothing in them is unknown, except in `problems`
 * and `replacesByDeletingFirst`.
 */
export interface ResourceType {
  readonly table: PropertyTable;
  /** Outputs that only the engine knows: unknown in previews when the program does not set them. */
  readonly computed: readonly string[];
  /** Outputs of which the program may set a part and the engine adds the rest: unknown in previews, too. */
  readonly completed: readonly string[];
  /** Whether a missing name is made up. */
  readonly autoNamed: boolean;
  /** Rules between properties, on top of the table's. */
  problems(inputs: Properties): readonly InputProblem[];
  /**
   * The properties that a change in place would have to change and no engine can. The contract of @pulumi/docker calls
   * their change in place all the same; the official provider ignores it.
   */
  impossibleInPlace(changed: readonly string[], newInputs: Properties): readonly string[];
  /** Whether the old object must be gone before its replacement can be made. */
  replacesByDeletingFirst(oldInputs: Properties, newInputs: Properties): boolean;
  /** @throws NotReady when the object exists but does not do its work; other errors leave nothing behind */
  create(work: Work, inputs: Properties): Promise<Existing>;
  /** Undefined when the object is gone. Without `inputs` the resource is being imported. */
  read(work: Work, id: string, inputs: Properties | undefined): Promise<Seen | undefined>;
  /** Changes of kind `in place` and `provider` only. */
  update(work: Work, id: string, oldInputs: Properties, newInputs: Properties): Promise<Existing>;
  /** Does nothing when the object is already gone. */
  delete(work: Work, id: string, inputs: Properties): Promise<void>;
}

/** An object that exists and does not do its work: it stays in the state, and the next update replaces it. */
export class NotReady extends Error {
  override readonly name = "NotReady";
  readonly existing: Existing;
  constructor(message: string, existing: Existing) {
    super(message);
    this.existing = existing;
  }
}
