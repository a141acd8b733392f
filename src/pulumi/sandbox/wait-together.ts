import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "../program-error.ts";

/** A wait for one part of a program. */
export interface Wait<Input> {
  /** The part's name in errors: `shop.services.database`. */
  readonly place: string;
  /** The dependencies of the part's creation. @default none */
  readonly after?: pulumi.Output<unknown>;
  /** What the wait needs. It resolves once the part is created. */
  readonly input: pulumi.Output<Input>;
  readonly wait: (input: Input) => Promise<unknown>;
}

/** The end of a wait for a part whose dependency has failed, which is reported instead. */
export class NotAwaited extends Error {
  override readonly name = "NotAwaited";
}

/**
 * Waits for a part. All waits of a program settle before it fails, so that one error reports every failure.
 */
export function waitTogether<Input>(part: Wait<Input>): pulumi.Output<unknown> {
  const { place, after = pulumi.output(undefined), input, wait } = part;
  const opened = {};
  after.apply(() => open.add(opened));
  return input.apply(async (value) => {
    try {
      return await wait(value);
    } catch (error) {
      if (!(error instanceof NotAwaited)) failures.push({ place, error });
    } finally {
      open.delete(opened);
    }
    return failTogether();
  });
}

/** The open waits, and the failures so far. Module state suffices: a Pulumi program is one process. */
const open = new Set<object>();
const failures: { readonly place: string; readonly error: unknown }[] = [];

/** Milliseconds between two checks for open waits. */
const PAUSE = 10;

/** Throws one error with all failures, once no wait is open. */
async function failTogether(): Promise<never> {
  // A successful wait may open others a moment later.
  do await pause(PAUSE);
  while (open.size > 0);
  const messages = failures
    .toSorted((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ place, error }) => `${place}: ${error instanceof Error ? error.message : String(error)}`);
  throw new ProgramError(messages.join("\n"));
}
