import { createColors } from "picocolors";
import type { Environment } from "../machine/environment.ts";

/** The part of a stream that decides about colours. */
export interface ColouredStream {
  readonly isTTY?: boolean;
}

/**
 * Whether a text for any of some streams is coloured: if all are terminals, unless NO_COLOR is set. An empty
 * value counts as unset: https://no-color.org. By default picocolors also colours the logs of CI jobs.
 */
export function mayColour(streams: readonly ColouredStream[], { NO_COLOR }: Environment): boolean {
  return !NO_COLOR && streams.every(({ isTTY }) => isTTY === true);
}

/**
 * The colours of a command's texts: none until {@link setColours} is called. They are a value of this module
 * because every function that makes a text would otherwise pass them on.
 */
export const colors = { ...createColors(false) };

/** Decides about {@link colors}. Only the outermost caller calls it, before anything makes a text. */
export function setColours(streams: readonly ColouredStream[], environment: Environment): void {
  Object.assign(colors, createColors(mayColour(streams, environment)));
}
