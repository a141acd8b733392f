import { createColors } from "picocolors";

/**
 * Colours where a person looks: on a terminal, unless NO_COLOR is set. picocolors by itself would also colour
 * the logs of CI jobs.
 */
export const colors = createColors(
  process.stdout.isTTY === true && process.stderr.isTTY === true && mayColour(),
);

/** Set to nothing, it says nothing: https://no-color.org */
export function mayColour(): boolean {
  return !process.env.NO_COLOR;
}
