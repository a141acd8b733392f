import { EngineRefused, isGone } from "../docker-engine.ts";
import type { Work } from "../resource-type.ts";

/** Something that containers still use. The message names them and the remedy. */
export class StillInUse extends Error {
  override readonly name = "StillInUse";
}

/** A container that uses what is to be removed. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/**
 * Removes what containers may use: those that this process is removing are waited for, any other is an error. What is
 * gone already is no error.
 *
 * @throws StillInUse
 */
export async function removeOnceUnused(
  work: Work,
  thing: {
    /** For messages: "network cache-1". */
    readonly description: string;
    /** How to free it: "docker network disconnect them". */
    readonly remedy: string;
    remove(): Promise<unknown>;
    users(): Promise<readonly User[]>;
  },
): Promise<void> {
  for (;;) {
    const refusal = await refused(thing.remove());
    if (refusal === undefined) return;
    const users = await thing.users();
    const leaving = users.flatMap(({ id }) => work.removals.get(id) ?? []);
    if (leaving.length > 0) {
      await Promise.allSettled(leaving);
      continue;
    }
    if (users.length === 0) throw refusal;
    const names = users.map(({ name }) => name).join(", ");
    throw new StillInUse(`${thing.description} is still used by ${names}: remove them, or ${thing.remedy}`);
  }
}

/** Why the engine refused a removal because of what uses the thing; undefined when the thing is gone. */
async function refused(removal: Promise<unknown>): Promise<EngineRefused | undefined> {
  try {
    await removal;
    return undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    if (error instanceof EngineRefused && (error.status === 403 || error.status === 409)) return error;
    throw error;
  }
}
